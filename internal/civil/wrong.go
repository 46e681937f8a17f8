package civil

import (
	"fmt"
	"reflect"
	"strings"
)

// Wrong is a day in a record that cannot be.
type Wrong struct {
	Field   string // by JSON names: "due", "versions[0].approved_on"
	Date    Date
	Message string // what to enter instead
}

var dateType = reflect.TypeFor[Date]()

// Check gives the days in a record that cannot be: those that are in no calendar,
// and later ones than latest in fields that tell of what has happened, which bear
// the tag civil:"past". latest is today, and a day more where people may be at
// work in a zone that is ahead of the one it is reckoned in; none checks the calendar alone.
func Check(record any, latest Date) []Wrong {
	var out []Wrong
	walk(reflect.ValueOf(record), "", false, latest, &out)
	return out
}

func walk(v reflect.Value, path string, past bool, latest Date, out *[]Wrong) {
	if !v.IsValid() {
		return
	}
	if v.Type() == dateType {
		d := Date(v.String())
		switch {
		case !d.Valid():
			*out = append(*out, Wrong{path, d, fmt.Sprintf("There is no day %q; enter a real date, such as 31 3 2026.",
				string(d))})
		case past && latest.Before(d):
			*out = append(*out, Wrong{path, d, "This has not happened yet on " + latest.Long() +
				"; enter that day or an earlier one."})
		}
		return
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		walk(v.Elem(), path, past, latest, out)
	case reflect.Slice, reflect.Array:
		if kind := v.Type().Elem().Kind(); kind == reflect.Uint8 {
			return
		}
		for i := range v.Len() {
			walk(v.Index(i), fmt.Sprintf("%s[%d]", path, i), past, latest, out)
		}
	case reflect.Map:
		for it := v.MapRange(); it.Next(); {
			walk(it.Value(), fmt.Sprintf("%s[%v]", path, it.Key()), past, latest, out)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if !f.IsExported() {
				continue
			}
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			at := path
			if !f.Anonymous && name != "-" {
				if name == "" {
					name = f.Name
				}
				at = strings.TrimPrefix(path+"."+name, ".")
			}
			walk(v.Field(i), at, f.Tag.Get("civil") == "past", latest, out)
		}
	}
}
