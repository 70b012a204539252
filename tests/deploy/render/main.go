// Renders a Helm chart as `helm template` does, for tests on machines without Helm: the same template language (text/template with
// sprig and Helm's own functions), the same objects in scope, the same merging of values. Reads one JSON document from stdin, writes
// one to stdout. It checks no schema; the tests do that with a JSON Schema validator.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig"
	"gopkg.in/yaml.v2"
)

type request struct {
	Chart   string                 `json:"chart"`
	Values  map[string]interface{} `json:"values"`
	Release struct {
		Name      string `json:"name"`
		Namespace string `json:"namespace"`
		IsUpgrade bool   `json:"isUpgrade"`
	} `json:"release"`
	KubeVersion string   `json:"kubeVersion"`
	APIVersions []string `json:"apiVersions"`
}

type kubeVersion struct{ Version, Major, Minor string }

func (v kubeVersion) String() string     { return v.Version }
func (v kubeVersion) GitVersion() string { return v.Version }

type apiVersions []string

// Has tells whether an API version, or a kind of one, is there.
func (versions apiVersions) Has(wanted string) bool {
	for _, version := range versions {
		if version == wanted {
			return true
		}
	}
	return false
}

type capabilities struct {
	KubeVersion kubeVersion
	APIVersions apiVersions
}

// files are those of the chart that are no templates.
type files map[string][]byte

func (f files) Get(name string) string { return string(f[name]) }

func (f files) Glob(pattern string) files {
	found := files{}
	for name, content := range f {
		if ok, _ := path.Match(pattern, name); ok {
			found[name] = content
		}
	}
	return found
}

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer) error {
	var asked request
	if err := json.NewDecoder(in).Decode(&asked); err != nil {
		return err
	}
	chart, err := readYAML(filepath.Join(asked.Chart, "Chart.yaml"))
	if err != nil {
		return err
	}
	defaults, err := readYAML(filepath.Join(asked.Chart, "values.yaml"))
	if err != nil {
		return err
	}
	values := coalesce(defaults, asked.Values)

	all, err := readAll(asked.Chart)
	if err != nil {
		return err
	}
	templates, others := map[string]string{}, files{}
	for name, content := range all {
		if strings.HasPrefix(name, "templates/") {
			templates[name] = string(content)
		} else {
			others[name] = content
		}
	}
	name := fmt.Sprint(chart["name"])
	metadata := map[string]interface{}{}
	for key, value := range chart {
		// Go's names: appVersion is .Chart.AppVersion.
		metadata[strings.ToUpper(key[:1])+key[1:]] = value
	}
	parts := strings.SplitN(strings.TrimPrefix(asked.KubeVersion, "v"), ".", 3)
	scope := map[string]interface{}{
		"Values": values,
		"Chart":  metadata,
		"Files":  others,
		"Release": map[string]interface{}{
			"Name":      asked.Release.Name,
			"Namespace": asked.Release.Namespace,
			"Service":   "Helm",
			"Revision":  1,
			"IsInstall": !asked.Release.IsUpgrade,
			"IsUpgrade": asked.Release.IsUpgrade,
		},
		"Capabilities": capabilities{
			KubeVersion: kubeVersion{Version: asked.KubeVersion, Major: parts[0], Minor: parts[1]},
			APIVersions: asked.APIVersions,
		},
	}
	rendered, err := render(name, templates, scope)
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(rendered)
}

func render(chart string, templates map[string]string, scope map[string]interface{}) (map[string]string, error) {
	root := template.New("gotpl")
	root.Option("missingkey=zero")
	root.Funcs(functions(root))
	names := make([]string, 0, len(templates))
	for name := range templates {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		if _, err := root.New(chart + "/" + name).Parse(templates[name]); err != nil {
			return nil, err
		}
	}
	rendered := map[string]string{}
	for _, name := range names {
		if strings.HasPrefix(path.Base(name), "_") {
			continue
		}
		full := chart + "/" + name
		scope["Template"] = map[string]interface{}{"Name": full, "BasePath": chart + "/templates"}
		text, err := execute(root, full, scope)
		if err != nil {
			return nil, err
		}
		rendered[name] = text
	}
	return rendered, nil
}

func execute(root *template.Template, name string, data interface{}) (string, error) {
	var text bytes.Buffer
	if err := root.ExecuteTemplate(&text, name, data); err != nil {
		return "", err
	}
	// What an absent value prints as; Helm takes it away, too.
	return strings.ReplaceAll(text.String(), "<no value>", ""), nil
}

// functions are those that Helm has: sprig's without the environment's, and its own.
func functions(root *template.Template) template.FuncMap {
	all := sprig.TxtFuncMap()
	delete(all, "env")
	delete(all, "expandenv")
	for name, function := range (template.FuncMap{
		"include": func(name string, data interface{}) (string, error) { return execute(root, name, data) },
		"tpl": func(text string, data interface{}) (string, error) {
			clone, err := root.Clone()
			if err != nil {
				return "", err
			}
			clone.Funcs(functions(clone))
			if _, err := clone.New("tpl").Parse(text); err != nil {
				return "", err
			}
			return execute(clone, "tpl", data)
		},
		"required": func(message string, value interface{}) (interface{}, error) {
			if text, isText := value.(string); value == nil || isText && text == "" {
				return nil, fmt.Errorf("%s", message)
			}
			return value, nil
		},
		"lookup": func(string, string, string, string) map[string]interface{} { return map[string]interface{}{} },
		"toYaml": func(value interface{}) string {
			text, err := yaml.Marshal(value)
			if err != nil {
				return ""
			}
			return strings.TrimSuffix(string(text), "\n")
		},
		"fromYaml": func(text string) map[string]interface{} {
			value, err := parseYAML([]byte(text))
			if err != nil {
				return map[string]interface{}{"Error": err.Error()}
			}
			return value
		},
		"fromJson": func(text string) map[string]interface{} {
			value := map[string]interface{}{}
			if err := json.Unmarshal([]byte(text), &value); err != nil {
				value["Error"] = err.Error()
			}
			return value
		},
		"fromJsonArray": func(text string) []interface{} {
			value := []interface{}{}
			if err := json.Unmarshal([]byte(text), &value); err != nil {
				return []interface{}{err.Error()}
			}
			return value
		},
	}) {
		all[name] = function
	}
	return all
}

// coalesce lays values over defaults: mappings are merged, null takes a key away, all else replaces.
func coalesce(defaults, values map[string]interface{}) map[string]interface{} {
	merged := map[string]interface{}{}
	for key, value := range defaults {
		merged[key] = value
	}
	for key, value := range values {
		under, isUnder := merged[key].(map[string]interface{})
		over, isOver := value.(map[string]interface{})
		switch {
		case value == nil:
			delete(merged, key)
		case isUnder && isOver:
			merged[key] = coalesce(under, over)
		default:
			merged[key] = value
		}
	}
	return merged
}

func readAll(folder string) (map[string][]byte, error) {
	found := map[string][]byte{}
	err := filepath.Walk(folder, func(file string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		name, err := filepath.Rel(folder, file)
		if err != nil {
			return err
		}
		found[filepath.ToSlash(name)], err = os.ReadFile(file)
		return err
	})
	return found, err
}

func readYAML(file string) (map[string]interface{}, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return parseYAML(text)
}

// parseYAML reads YAML by way of JSON, as Helm does: all numbers are floats.
func parseYAML(text []byte) (map[string]interface{}, error) {
	var document interface{}
	if err := yaml.Unmarshal(text, &document); err != nil {
		return nil, err
	}
	encoded, err := json.Marshal(textKeys(document))
	if err != nil {
		return nil, err
	}
	value := map[string]interface{}{}
	return value, json.Unmarshal(encoded, &value)
}

func textKeys(value interface{}) interface{} {
	switch typed := value.(type) {
	case map[interface{}]interface{}:
		mapped := map[string]interface{}{}
		for key, item := range typed {
			mapped[fmt.Sprint(key)] = textKeys(item)
		}
		return mapped
	case []interface{}:
		for i, item := range typed {
			typed[i] = textKeys(item)
		}
	}
	return value
}
