package rules

import (
	"go.yaml.in/yaml/v4"

	"redactor/detect"
	"redactor/redact"
)

var urlKind = kind{
	name:    "url",
	doc:     "Keeps a URL's scheme, host and the template of its path, with {id} for what is not plainly a word; with host, no path.",
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

var urlNames = []string{redact.URLPath: "path", redact.URLHost: "host"}

func (urlAction) kind() *kind { return &urlKind }

func (a urlAction) String() string {
	if redact.URLPart(a) == redact.URLPath {
		return "url"
	}
	return "url host"
}

func (a urlAction) build(*binding) (redact.Transform, error) {
	return redact.URL(redact.URLPart(a)), nil
}

func parseURL(p *parser, args *yaml.Node) (action, bool) {
	word, ok := p.oneOf(args, "url", urlNames)
	if word == urlNames[redact.URLHost] {
		return urlAction(redact.URLHost), ok
	}
	return urlAction(redact.URLPath), ok
}

func (a urlAction) form() string {
	if redact.URLPart(a) == redact.URLHost {
		return "scheme and host of the URL"
	}
	return "scheme, host and path of the URL, {id} for what is not plainly a word"
}

func compareURLs(a, b action) release { return comparing(b.(urlAction), a.(urlAction)) }
