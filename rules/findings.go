package rules

// A Finding is one thing that validate looks for. Every finding has a broken
// policy in testdata/broken that shows it.
type Finding struct {
	ID       string
	Severity Severity
	Doc      string
}

// The ids of all findings. They are stable: a suppression or a dashboard may
// name them.
const (
	// The text.
	idSource     = "source"
	idSyntax     = "yaml"
	idAlias      = "alias"
	idTwice      = "twice"
	idVersion    = "version"
	idUnknownKey = "unknown-property"
	idType       = "type"
	idMissing    = "missing"
	idEmpty      = "empty"
	idName       = "name"
	idNotOneOf   = "one-of"
	idNoSuch     = "no-such"
	idDate       = "date"
	idKeyHere    = "key-in-policy"

	// The catalog.
	idLowered    = "level-lowered"
	idNamesLost  = "names-lost"
	idNoSelector = "no-selector"
	idWideKey    = "wide-key"
	idPath       = "path"
	idHeader     = "header"
	idCRS        = "crs"
	idCRSNeeded  = "crs-needed"
	idSameKey    = "same-key"
	idAmbiguous  = "ambiguous"

	// Transforms.
	idTransformUnknown = "transform"
	idTransformArgs    = "transform-arguments"
	idTransformClass   = "transform-class"
	idPseudonymShort   = "pseudonym-short"
	idPseudonymDecimal = "pseudonym-decimal"
	idTransformUnused  = "transform-unused"
	idTable            = "table"

	// Profiles.
	idKeepIdentifies = "keep-identifies"
	idKeepL4         = "keep-l4"
	idInsideOnly     = "inside-only"
	idSecret         = "secret"
	idUnknownLeaves  = "unknown-leaves"
	idNoKey          = "no-key"
	idSharedKey      = "shared-key"
	idRecordTime     = "record-time"
	idExtends        = "extends"
	idFilter         = "filter"
	idProfileUnused  = "profile-unused"
	idShadowed       = "no-effect"
	idJoinable       = "joinable"
	idFollows        = "follows-a-person"
	idStamp          = "stamp"
	idShiftTold      = "shift-told"
	idEverything     = "everything"

	// Streams.
	idTopic         = "topic"
	idTopicReserved = "topic-reserved"
	idLoop          = "loop"
	idSharedTopic   = "shared-topic"
	idOverlap       = "overlap"
	idQuarantine    = "quarantine-topic"
	idOnErrorPass   = "on-error-pass"
	idFormat        = "format"
	idFormatArgs    = "format-arguments"

	// Proof.
	idTest     = "test"
	idUntested = "untested"
	idExpired  = "approval-expired"

	// Keys, when a policy is compiled.
	idKeyUnbound  = "key-unbound"
	idKeyBytes    = "key-bytes"
	idKeyRotation = "key-rotation"
	idCompile     = "compile"
)

// Findings lists every refusal and warning: design point 10, and what the
// language itself asks.
var Findings = []Finding{
	{idSource, Error, "A policy is UTF-8 text of at most 4 MiB, nested at most 64 deep."},
	{idSyntax, Error, "A policy is one YAML document without tags of other tools."},
	{idAlias, Error, "Aliases stay small, and merge keys are not used: a reviewer sees what applies where it applies."},
	{idTwice, Error, "A name stands once: loaders differ in which of two counts."},
	{idVersion, Error, "apiVersion is redactor/v1."},
	{idUnknownKey, Error, "Every property is one that the language knows."},
	{idType, Error, "Every value is of the kind that its property takes."},
	{idMissing, Error, "What is required is there."},
	{idEmpty, Error, "A list that is given says something."},
	{idName, Error, "Names are letters, digits, '-', '_' and '.'."},
	{idNotOneOf, Error, "A word of a closed set is one of them."},
	{idNoSuch, Error, "What is referred to exists."},
	{idDate, Error, "Dates are written YYYY-MM-DD."},
	{idKeyHere, Error, "A policy names keys and never holds one."},

	{idLowered, Error, "An entry that replaces a built-in one does not lower its level without why:."},
	{idNamesLost, Error, "An entry that replaces a built-in one keeps its names unless why: says otherwise."},
	{idNoSelector, Error, "An entry says where its field is: keys, paths, headers or record_key."},
	{idWideKey, Error, "A key pattern names something: * alone would undo default-deny."},
	{idPath, Error, "Paths are of the RFC 9535 subset: $.a.b, [*], [0], ['odd.key'], ..name, ..*"},
	{idHeader, Error, "Header names are one word."},
	{idCRS, Error, "crs: belongs to locations."},
	{idCRSNeeded, Error, "A location that is cut to cells under 2 km says its coordinate system."},
	{idSameKey, Warning, "Two entries of the policy name one key; the strictest outcome wins."},
	{idAmbiguous, Error, "Where two entries match one value and neither is stricter, the policy must say which counts."},

	{idTransformUnknown, Error, "Every transform is a built-in or one of transforms:."},
	{idTransformArgs, Error, "A transform's arguments make sense."},
	{idTransformClass, Error, "A transform is used on a class that it can take."},
	{idPseudonymShort, Error, "A pseudonym has at least 80 bits: it cannot be shortened."},
	{idPseudonymDecimal, Warning, "A decimal pseudonym has 62 bits."},
	{idTable, Error, "A table by file is CSV beside the policy, at most 8 MiB."},
	{idTransformUnused, Warning, "Every named transform is used."},

	{idKeepIdentifies, Error, "No external profile keeps a class that identifies, except by name with why:."},
	{idKeepL4, Error, "No external profile keeps an L4 field, except by name with why:."},
	{idInsideOnly, Error, "No external profile gets what known pairs would undo: prefix-preserving addresses, shifted times."},
	{idSecret, Error, "A secret is dropped or replaced."},
	{idUnknownLeaves, Error, "What no entry names does not leave in an external profile."},
	{idNoKey, Error, "A profile that makes pseudonyms names its key."},
	{idSharedKey, Error, "Every profile has a key of its own."},
	{idRecordTime, Error, "A profile that coarsens time in the payload coarsens the record's timestamp."},
	{idExtends, Error, "extends: names another profile and never comes back to itself."},
	{idFilter, Error, "only: and except: compare paths with values or bounds."},
	{idProfileUnused, Warning, "Every profile is the recipient of a stream."},
	{idShadowed, Warning, "What a profile says of a field by name takes effect: no stricter entry names the same data."},
	{idJoinable, Warning, "No two external profiles of one stream keep the same tuple of fields untouched: they could be joined by content."},
	{idFollows, Warning, "No external profile has a pseudonym that spans records together with app lists, or with location and time finer than a day."},
	{idShiftTold, Warning, "No profile that shifts a time gets another time of the record that is not shifted with it: the difference is the shift."},
	{idEverything, Warning, "No external profile keeps everything below the root: what nobody named would leave."},
	{idStamp, Warning, "Nothing that travels through other systems, such as traceparent, leaves in an external profile."},

	{idTopic, Error, "Topics and patterns are names that Kafka takes."},
	{idTopicReserved, Error, "No output topic begins with __, which is Kafka's own."},
	{idLoop, Error, "No output topic is read by a stream."},
	{idSharedTopic, Error, "No two profiles write to one topic."},
	{idOverlap, Error, "No topic is read by two streams."},
	{idQuarantine, Error, "The quarantine is nobody's output and nobody's source."},
	{idOnErrorPass, Error, "A record that cannot be judged never passes."},
	{idFormat, Error, "The format is one that the language knows."},
	{idFormatArgs, Error, "Columns have names, a separator separates, and a pattern tells where its variables end."},

	{idTest, Error, "A test can be run: its topic is read by a stream, its profiles get that stream."},
	{idUntested, Warning, "Every L3 and L4 field of the policy is in a test."},
	{idExpired, Warning, "The approval is in force."},

	{idKeyUnbound, Error, "Every key that the policy names is bound in redactor.yaml."},
	{idKeyBytes, Error, "No two profiles hold the same key bytes."},
	{idKeyRotation, Warning, "The key of a recipient outside rotates at least every 30 days, or says why not."},
	{idCompile, Error, "The engine takes the policy."},
}

var severities = func() map[string]Severity {
	m := make(map[string]Severity, len(Findings))
	for _, f := range Findings {
		m[f.ID] = f.Severity
	}
	return m
}()

func severityOf(id string) Severity {
	s, ok := severities[id]
	if !ok {
		panic("rules: internal error: no finding " + id)
	}
	return s
}
