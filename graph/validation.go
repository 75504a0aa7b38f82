package graph

import (
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator/core"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

const (
	// maxFound is how many faults of a document are told.
	maxFound = 100
	// maxFoundBytes is how long each is told, at most.
	maxFoundBytes = 500
)

// rulesOf are the rules of validation. Without suggestions they name nothing of the schema which the client has not
// named itself; gqlgen's own switch, SetDisableSuggestion, leaves three of them out.
//
// They tell of the first maxFound faults, and each in few words: of a small document every word may be wrong, and each
// fault may quote half of it, so that the answer would have hundreds of megabytes.
func rulesOf(suggestions bool) func() *rules.Rules {
	return func() *rules.Rules {
		all := rules.NewDefaultRules()
		if !suggestions {
			all.ReplaceRule(rules.KnownArgumentNamesRule.Name, rules.KnownArgumentNamesRuleWithoutSuggestions.RuleFunc)
			all.ReplaceRule(rules.KnownTypeNamesRule.Name, rules.KnownTypeNamesRuleWithoutSuggestions.RuleFunc)
			all.ReplaceRule(rules.ValuesOfCorrectTypeRule.Name, rules.ValuesOfCorrectTypeRuleWithoutSuggestions.RuleFunc)
			// Under names of their own gqlgen would add these two unbounded.
			for _, rule := range []core.Rule{rules.FieldsOnCorrectTypeRuleWithoutSuggestions, rules.ScalarLeafsRuleWithoutSuggestions} {
				all.AddRule(rule.Name, rule.RuleFunc)
			}
		}
		told := 0
		for name, rule := range all.GetInner() {
			all.ReplaceRule(name, func(observers *core.Events, add core.AddErrFunc) {
				rule(observers, func(options ...core.ErrorOption) {
					if told++; told <= maxFound {
						add(append(options, shorten)...)
					}
				})
			})
		}
		return all
	}
}

// shorten cuts what a fault says, and what it names in its path that is longer than any name which is run: a member of a
// variable may be.
func shorten(fault *gqlerror.Error) {
	for i, element := range fault.Path {
		if name, ok := element.(ast.PathName); ok && len(name) > maxNameBytes {
			fault.Path[i] = ast.PathName(cut(string(name)))
		}
	}
	if len(fault.Message) > maxFoundBytes {
		fault.Message = cut(fault.Message)
	}
}

// cut is a copy of a long text's beginning, lest the whole be kept.
func cut(text string) string {
	return strings.Clone(strings.ToValidUTF8(text[:maxFoundBytes], "")) + "…"
}
