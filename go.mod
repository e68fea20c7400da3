module redactor

go 1.26.0
