package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxSettingsFile is more than a file of settings can sensibly need.
const maxSettingsFile = 64 << 10

// fileSetting is one line of a file of settings.
type fileSetting struct {
	key, value string
	line       int
}

// readSettingsFile reads a YAML file of settings: one mapping of known keys to plain values. Every fault is reported,
// with its line. A file that holds a token must be readable by its owner alone.
func readSettingsFile(path string, known []string) ([]fileSetting, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("file of settings: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxSettingsFile+1))
	if err != nil {
		return nil, fmt.Errorf("file of settings: %w", err)
	}
	if len(data) > maxSettingsFile {
		return nil, fmt.Errorf("%s: longer than %d bytes, which no file of settings is", path, maxSettingsFile)
	}
	values, err := parseSettings(path, data, known)
	if err != nil {
		return nil, err
	}
	for _, v := range values {
		if !slices.Contains(secretSettings, v.key) || strings.HasPrefix(v.value, "@") {
			continue
		}
		if info, err := f.Stat(); err != nil {
			return nil, err
		} else if info.Mode().Perm()&0o077 != 0 {
			return nil, fmt.Errorf("%s:%d: the file holds a %s and has mode %04o, so others could read it; make it 0600", path, v.line, v.key, info.Mode().Perm())
		}
	}
	return values, nil
}

// parseSettings reads the text of a file of settings. name stands in errors.
func parseSettings(name string, data []byte, known []string) ([]fileSetting, error) {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc yaml.Node
	if err := dec.Decode(&doc); errors.Is(err, io.EOF) {
		return nil, nil // empty
	} else if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: one YAML document is expected, there is more", name)
	}
	root := &doc
	if root.Kind == yaml.DocumentNode && len(root.Content) == 1 {
		root = root.Content[0]
	}
	if root.Kind == yaml.ScalarNode && root.Tag == "!!null" {
		return nil, nil // comments only
	}
	if root.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("%s:%d: settings are written as \"name: value\", one a line", name, root.Line)
	}
	var (
		values []fileSetting
		errs   []error
		lines  = map[string]int{}
	)
	for i := 0; i+1 < len(root.Content); i += 2 {
		k, v := root.Content[i], root.Content[i+1]
		fault := func(format string, args ...any) {
			errs = append(errs, fmt.Errorf("%s:%d: %s", name, k.Line, fmt.Sprintf(format, args...)))
		}
		switch {
		case k.Kind != yaml.ScalarNode || !slices.Contains(known, k.Value):
			fault("there is no setting %q; settings are %s", k.Value, strings.Join(known, ", "))
		case lines[k.Value] != 0:
			fault("%s is already set in line %d", k.Value, lines[k.Value])
		case v.Kind != yaml.ScalarNode || v.Tag == "!!null" || v.Anchor != "":
			fault("%s needs one plain value", k.Value)
		default:
			lines[k.Value] = k.Line
			values = append(values, fileSetting{k.Value, v.Value, k.Line})
		}
	}
	return values, errors.Join(errs...)
}
