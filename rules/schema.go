package rules

import (
	"encoding/json"
)

// schema is a part of a JSON Schema, draft-07: the draft that editors'
// yaml-language-server knows best. encoding/json writes its keys in order.
type schema map[string]any

func schemaText() schema   { return schema{"type": []string{"string", "number", "boolean"}} }
func schemaBool() schema   { return schema{"type": "boolean"} }
func schemaNumber() schema { return schema{"type": "number"} }

func schemaName() schema {
	return schema{"type": "string", "pattern": `^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`}
}

func schemaEnum(words ...string) schema { return schema{"enum": words} }

func schemaInt(lo, hi int) schema {
	return schema{"type": "integer", "minimum": lo, "maximum": hi}
}

// schemaObject describes a mapping of props and nothing else.
func schemaObject(props []prop) schema {
	fields, required := schema{}, []string{}
	for _, pr := range props {
		s := pr.schema()
		if pr.doc != "" {
			s["description"] = pr.doc
		}
		fields[pr.name] = s
		if pr.required {
			required = append(required, pr.name)
		}
	}
	s := schema{"type": "object", "properties": fields, "additionalProperties": false}
	if len(required) > 0 {
		s["required"] = required
	}
	return s
}

// schemaList describes a list; one element may stand for itself.
func schemaList(of schema) schema {
	return schema{"oneOf": []schema{of, {"type": "array", "items": of, "minItems": 1}}}
}

// Schema returns the JSON Schema (draft-07) of policy files, for editors.
func Schema() []byte {
	s := schemaObject(policyProps)
	s["$schema"] = "http://json-schema.org/draft-07/schema#"
	s["title"] = "redactor policy"
	s["description"] = "A table of fields and recipients: what the data is, who gets what, and the tests that prove it."
	s["definitions"] = schema{"rule": schemaRule()}
	out, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		panic("rules: internal error: the schema does not marshal")
	}
	return append(out, '\n')
}

// ruleRef is a transform wherever one may stand.
func ruleRef() schema { return schema{"$ref": "#/definitions/rule"} }

// schemaRule describes what a profile does with a field: a word or a mapping.
func schemaRule() schema {
	fields := schema{
		"why": schema{"type": "string", "description": docWhy},
		"add": schema{"type": "object", "description": docAdd, "minProperties": 1, "maxProperties": maxAdds,
			"propertyNames": schemaName(), "additionalProperties": ruleRef()},
		"transform": schema{"type": "string", "description": "A built-in or one of transforms:."},
	}
	words := []string{"transform"}
	for _, k := range kinds {
		args := schema{}
		if k.schema != nil {
			args = k.schema()
			if k.bare != nil {
				args = schema{"oneOf": []schema{args, {"type": []string{"null", "boolean"}}}}
			}
		}
		args["description"] = k.doc
		fields[k.name] = args
		words = append(words, k.name)
	}
	// One transform, whatever is said besides.
	var one []schema
	for _, word := range words {
		one = append(one, schema{"required": []string{word}})
	}
	return schema{"oneOf": []schema{
		{"type": "string", "description": "A built-in (" + list(kindNames(), 20) + ") or a name of transforms:."},
		{"type": "null", "description": "null: the name stays, the value becomes null."},
		{"type": "object", "properties": fields, "additionalProperties": false, "oneOf": one},
	}}
}
