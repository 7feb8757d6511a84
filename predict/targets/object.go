package targets

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// maxInput bounds what is read of a bake or compose file. Those of a thousand targets have less than a
// megabyte.
const maxInput = 64 << 20

// object is a JSON object under way. Names are taken exactly, unlike by
// encoding/json, and what nobody asks for is left over. The first error is kept.
type object struct {
	where  string // in the file, like "target.app"
	fields map[string]json.RawMessage
	err    *error // shared by all objects of a file
}

// readObject reads a whole file that holds one object. Errors name the file and
// the line, or the field.
func readObject(r io.Reader, file string) (*object, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxInput+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if len(data) > maxInput {
		return nil, fmt.Errorf("%s is larger than %d bytes", file, maxInput)
	}
	o := &object{fields: map[string]json.RawMessage{}, err: new(error)}
	if err := json.Unmarshal(data, &o.fields); err != nil {
		return nil, located(file, data, err)
	}
	if o.fields == nil {
		return nil, fmt.Errorf("%s: an object is wanted, not null", file)
	}
	return o, nil
}

// located adds file and line to an error of encoding/json.
func located(file string, data []byte, err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case len(bytes.TrimSpace(data)) == 0:
		return fmt.Errorf("%s: is empty", file)
	case errors.As(err, &syntax):
		line := 1 + bytes.Count(data[:min(int(syntax.Offset), len(data))], []byte("\n"))
		return fmt.Errorf("%s:%d: %w", file, line, err)
	case errors.As(err, &kind):
		return fmt.Errorf("%s:1: an object is wanted, not a JSON %s", file, kind.Value)
	}
	return fmt.Errorf("%s: %w", file, err)
}

// fail keeps the first error.
func (o *object) fail(name, want string) {
	if *o.err == nil {
		*o.err = fmt.Errorf("%s: %s is wanted", o.path(name), want)
	}
}

func (o *object) path(name string) string {
	if o.where == "" || name == "" {
		return o.where + name
	}
	return o.where + "." + name
}

// take removes a field; null counts as not there.
func (o *object) take(name string) (json.RawMessage, bool) {
	raw, ok := o.fields[name]
	delete(o.fields, name)
	return raw, ok && string(raw) != "null"
}

// decode reads a field into a value, which keeps its zero value if there is none.
func (o *object) decode(name, want string, v any) {
	if raw, ok := o.take(name); ok && json.Unmarshal(raw, v) != nil {
		o.fail(name, want)
	}
}

func (o *object) text(name string) (s string) {
	o.decode(name, "a string", &s)
	return s
}

func (o *object) flag(name string) (b bool) {
	o.decode(name, "true or false", &b)
	return b
}

func (o *object) texts(name string) (list []string) {
	o.decode(name, "a list of strings", &list)
	return list
}

// object reads a field that is an object; nil if there is none.
func (o *object) object(name string) *object {
	raw, ok := o.take(name)
	if !ok {
		return nil
	}
	child := &object{where: o.path(name), err: o.err}
	if json.Unmarshal(raw, &child.fields) != nil {
		o.fail(name, "an object")
	}
	return child
}

// names are the fields that are left, sorted.
func (o *object) names() []string {
	if o == nil {
		return nil
	}
	return slices.Sorted(maps.Keys(o.fields))
}

// values reads a field that maps names to values: an object, or, as compose allows, a list of
// NAME=VALUE. A null, or a name alone, is left out: it gives no value.
func (o *object) values(name string, list bool) map[string]string {
	raw, ok := o.take(name)
	if !ok {
		return nil
	}
	const want = "an object of strings"
	values := map[string]string{}
	var words []string
	if list && json.Unmarshal(raw, &words) == nil {
		for _, word := range words {
			if k, v, ok := strings.Cut(word, "="); ok {
				values[k] = v
			}
		}
		return values
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &fields) != nil {
		o.fail(name, want)
	}
	for k, v := range fields {
		if s, ok := scalar(v); ok {
			values[k] = s
		} else if string(v) != "null" {
			o.fail(name+"."+k, "a string")
		}
	}
	return values
}

// scalar is the text of a string, a number or a boolean.
func scalar(raw json.RawMessage) (string, bool) {
	var v any
	if json.Unmarshal(raw, &v) != nil {
		return "", false
	}
	switch v := v.(type) {
	case string:
		return v, true
	case bool:
		return strconv.FormatBool(v), true
	case float64:
		return string(bytes.TrimSpace(raw)), true
	}
	return "", false
}
