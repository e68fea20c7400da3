package rules

import (
	"go.yaml.in/yaml/v4"

	"redactor/detect"
	"redactor/redact"
)

var urlKind = kind{
	name:    "url",
	doc:     "Keeps a URL's scheme, host and the template of its path, with {id} for what is not plainly a word; with host, no path; with query, the parameters too that the catalog names, each as the profile has it.",
	usage:   "{url: host}",
	bare:    urlAction(redact.URLPath),
	suits:   classes(detect.URL),
	takes:   classes(detect.URL, detect.None, detect.Text),
	parse:   parseURL,
	compare: compareURLs,
	rank:    redact.RankGeneralize,
	schema:  func() schema { return schemaEnum(urlNames...) },
}

type urlAction redact.URLPart

var urlNames = []string{redact.URLPath: "path", redact.URLHost: "host", redact.URLQuery: "query"}

func (urlAction) kind() *kind { return &urlKind }

func (a urlAction) String() string {
	if redact.URLPart(a) == redact.URLPath {
		return "url"
	}
	return "url " + urlNames[a]
}

func (a urlAction) build(*binding) (redact.Transform, error) {
	return redact.URL(redact.URLPart(a)), nil
}

func parseURL(p *parser, args *yaml.Node) (action, bool) {
	word, ok := p.oneOf(args, "url", urlNames)
	return urlAction(max(0, indexOf(urlNames, word))), ok
}

func (a urlAction) form() string {
	switch redact.URLPart(a) {
	case redact.URLHost:
		return "scheme and host of the URL"
	case redact.URLQuery:
		return "scheme, host and path of the URL, {id} for what is not plainly a word, and its parameters, field by field"
	}
	return "scheme, host and path of the URL, {id} for what is not plainly a word"
}

// compareURLs: host lets out less than path, and path less than query.
func compareURLs(a, b action) release {
	much := [...]int{redact.URLHost: 0, redact.URLPath: 1, redact.URLQuery: 2}
	return comparing(much[a.(urlAction)], much[b.(urlAction)])
}
