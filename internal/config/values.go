package config

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"net/netip"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"reelgraph/models"
)

// Switch is a setting that is on or off; one that nobody has set is off.
type Switch string

const on, off Switch = "on", "off"

// On reports whether the setting is on.
func (s Switch) On() bool { return s == on }

const (
	maxBatchSize    = 1000
	maxStreams      = 1_000_000
	maxRows         = 1_000_000_000
	maxDrainTimeout = time.Hour
	maxTTL          = 10 * 365 * 24 * time.Hour
)

// mappers teaches kong the types that the commands' fields are tagged with.
func mappers() kong.Option {
	return kong.OptionFunc(func(k *kong.Kong) error {
		for name, mapper := range map[string]kong.Mapper{
			"text":       value(func(text string) (string, error) { return text, nil }),
			"list":       value(parseList),
			"address":    value(parseAddress),
			"switch":     value(parseSwitch),
			"level":      value(parseLevel),
			"format":     value(parseFormat),
			"time":       value(parseTime),
			"roles":      value(parseRoles),
			"drain":      value(duration(maxDrainTimeout, "10s", "1h")),
			"ttl":        value(duration(maxTTL, "1h", "87600h (ten years)")),
			"batch-size": value(wholeNumber(1, maxBatchSize)),
			"complexity": value(wholeNumber(1, math.MaxInt32)),
			"streams":    value(wholeNumber(1, maxStreams)),
			"rate":       value(wholeNumber(0, math.MaxInt32)),
			"networks":   value(parseNetworks),
			"rows":       value(wholeNumber(0, maxRows)),
		} {
			if err := kong.NamedMapper(name, mapper).Apply(k); err != nil {
				return err
			}
		}
		return nil
	})
}

// value makes a mapper of a function that reads a value without spaces around it. What it says in
// an error stands behind the name of the setting. Lists that are said several times are joined.
func value[T any](parse func(text string) (T, error)) kong.Mapper {
	return kong.MapperFunc(func(ctx *kong.DecodeContext, target reflect.Value) error {
		var text string
		if err := ctx.Scan.PopValueInto("value", &text); err != nil {
			return err
		}
		parsed, err := parse(strings.TrimSpace(text))
		if err != nil {
			return err
		}
		result := reflect.ValueOf(parsed)
		if target.Kind() == reflect.Slice {
			result = reflect.AppendSlice(target, result)
		}
		target.Set(result)
		return nil
	})
}

// not ends the text of a fault with the value, cut so that the line can be read. It must not be
// used of anything secret.
func not(text string) string {
	const longest = 40
	if runes := []rune(text); len(runes) > longest {
		text = string(runes[:longest]) + "…"
	}
	return fmt.Sprintf(", not %q", text)
}

// parseList reads a list with commas. Empty entries are left out.
func parseList(text string) ([]string, error) {
	var list []string
	for entry := range strings.SplitSeq(text, ",") {
		if entry = strings.TrimSpace(entry); entry != "" {
			list = append(list, entry)
		}
	}
	return list, nil
}

// parseAddress takes port 0 for any free port.
func parseAddress(text string) (string, error) {
	_, port, err := net.SplitHostPort(text)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return "", errors.New("must be HOST:PORT, such as 127.0.0.1:8080 or :8080" + not(text))
	}
	return text, nil
}

// parseNetworks reads a list of networks; an address alone is a network of one.
func parseNetworks(text string) ([]netip.Prefix, error) {
	list, _ := parseList(text)
	networks := make([]netip.Prefix, len(list))
	for i, entry := range list {
		network, err := netip.ParsePrefix(entry)
		if address, addressErr := netip.ParseAddr(entry); addressErr == nil && address.Zone() == "" {
			network, err = address.Prefix(address.BitLen())
		}
		if mapped := network.Bits() - 96; err == nil && network.Addr().Is4In6() && mapped >= 0 {
			network = netip.PrefixFrom(network.Addr().Unmap(), mapped) // as the addresses that are looked for in it
		}
		if err != nil {
			return nil, errors.New("must be networks like 10.0.0.0/8 or fd00::/8, or addresses, with commas between them" + not(entry))
		}
		networks[i] = network.Masked()
	}
	return networks, nil
}

func parseSwitch(text string) (Switch, error) {
	switch strings.ToLower(text) {
	case "on", "true":
		return on, nil
	case "off", "false":
		return off, nil
	}
	return "", errors.New("must be on, off, true or false" + not(text))
}

func parseLevel(text string) (slog.Level, error) {
	for _, level := range []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError} {
		if strings.EqualFold(text, level.String()) {
			return level, nil
		}
	}
	return 0, errors.New("must be debug, info, warn or error" + not(text))
}

func parseFormat(text string) (string, error) {
	if format := strings.ToLower(text); format == "text" || format == "json" {
		return format, nil
	}
	return "", errors.New("must be text or json" + not(text))
}

// parseTime reads an instant, or a day for its start in UTC.
func parseTime(text string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil {
			return at.UTC(), nil
		}
	}
	return time.Time{}, errors.New("must be a time like 2026-01-31T12:00:00Z or a date like 2026-01-31" + not(text))
}

// parseRoles reads a list of roles, in any case.
func parseRoles(text string) ([]models.Role, error) {
	names, _ := parseList(text)
	var roles []models.Role
	for _, name := range names {
		role := models.Role(strings.ToUpper(name))
		if !slices.Contains(models.AllRole, role) {
			return nil, errors.New("must be USER, WORKER, SERVICE or ADMIN" + not(name))
		}
		roles = append(roles, role)
	}
	return roles, nil
}

func duration(most time.Duration, example, limit string) func(string) (time.Duration, error) {
	return func(text string) (time.Duration, error) {
		d, err := time.ParseDuration(text)
		if err != nil || d <= 0 || d > most {
			return 0, fmt.Errorf("must be a duration like %s, above 0 and at most %s%s", example, limit, not(text))
		}
		return d, nil
	}
}

func wholeNumber(least, most int) func(string) (int, error) {
	return func(text string) (int, error) {
		n, err := strconv.Atoi(text)
		if err != nil || n < least || n > most {
			return 0, fmt.Errorf("must be a whole number from %d to %d%s", least, most, not(text))
		}
		return n, nil
	}
}
