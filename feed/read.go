package feed

import (
	"bufio"
	"bytes"
	"encoding"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// File opens a file for one of the readers and closes it after:
//
//	rows, err := feed.File("accounts.csv", feed.CSV[Account])
func File[T any](name string, read func(io.Reader) ([]T, error)) ([]T, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("read rows: %w", err)
	}
	defer file.Close()
	rows, err := read(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return rows, nil
}

// Lines reads one row a line. Line breaks are left out, and so are empty lines.
func Lines(r io.Reader) ([]string, error) {
	var rows []string
	scanner := bufio.NewScanner(r)
	scanner.Buffer(nil, 16<<20)
	for scanner.Scan() {
		if line := strings.TrimSuffix(scanner.Text(), "\r"); line != "" {
			rows = append(rows, line)
		}
	}
	if err := scanner.Err(); err != nil {
		return nil, fmt.Errorf("line %d: %w", len(rows)+1, err)
	}
	return rows, nil
}

// JSON reads rows from an array, or from one value after another (JSON Lines).
// Fields that T does not have are ignored.
func JSON[T any](r io.Reader) ([]T, error) {
	in := bufio.NewReader(r)
	first, err := firstByte(in)
	if errors.Is(err, io.EOF) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(in)
	if first == '[' {
		var rows []T
		if err := decoder.Decode(&rows); err != nil {
			return nil, fmt.Errorf("JSON array: %w", err)
		}
		return rows, nil
	}
	var rows []T
	for {
		var row T
		err := decoder.Decode(&row)
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, fmt.Errorf("JSON row %d: %w", len(rows)+1, err)
		}
		rows = append(rows, row)
	}
}

// firstByte looks at the first byte that is no space, and skips a byte order
// mark.
func firstByte(in *bufio.Reader) (byte, error) {
	skipMark(in)
	for {
		b, err := in.ReadByte()
		if err != nil {
			return 0, err
		}
		if !bytes.ContainsRune([]byte(" \t\r\n"), rune(b)) {
			return b, in.UnreadByte()
		}
	}
}

func skipMark(in *bufio.Reader) {
	if mark, _ := in.Peek(3); bytes.Equal(mark, []byte("\xef\xbb\xbf")) {
		_, _ = in.Discard(3) // they were just peeked at
	}
}

// CSV reads rows from comma-separated values whose first line names the
// columns. T is a struct whose fields carry a `csv:"column"` tag, or are named
// like the column in any case; or a map[string]string. A column without a field
// is ignored, a field without a column is an error, and so is a value that does
// not fit: errors name line and column. A tag of "-" leaves a field out.
func CSV[T any](r io.Reader) ([]T, error) {
	in := bufio.NewReader(r)
	skipMark(in)
	reader := csv.NewReader(in)
	reader.ReuseRecord = true
	header, err := reader.Read()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("CSV: the first line must name the columns, but there is none")
	}
	if err != nil {
		return nil, fmt.Errorf("CSV: %w", err)
	}
	header = slices.Clone(header) // the next record takes its place
	for i, name := range header {
		header[i] = strings.TrimSpace(name)
	}
	fill, err := filler[T](header)
	if err != nil {
		return nil, fmt.Errorf("CSV: %w", err)
	}
	var rows []T
	for {
		record, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, fmt.Errorf("CSV: %w", err)
		}
		var row T
		if column, err := fill(&row, record); err != nil {
			line, _ := reader.FieldPos(column)
			return nil, fmt.Errorf("CSV: line %d, column %s: %w", line, header[column], err)
		}
		rows = append(rows, row)
	}
}

// filler returns what puts a record into a row. It returns the index of the
// column that did not fit.
func filler[T any](header []string) (func(*T, []string) (int, error), error) {
	kind := reflect.TypeFor[T]()
	switch {
	case kind == reflect.TypeFor[map[string]string]():
		return func(row *T, record []string) (int, error) {
			values := make(map[string]string, len(header))
			for i, name := range header {
				values[name] = record[i]
			}
			reflect.ValueOf(row).Elem().Set(reflect.ValueOf(values))
			return 0, nil
		}, nil
	case kind.Kind() != reflect.Struct:
		return nil, fmt.Errorf("rows must be structs or map[string]string, not %s", kind)
	}
	columns, err := fieldsOf(kind, header)
	if err != nil {
		return nil, err
	}
	return func(row *T, record []string) (int, error) {
		value := reflect.ValueOf(row).Elem()
		for column, field := range columns {
			if field == nil {
				continue
			}
			if err := set(value.FieldByIndex(field), record[column]); err != nil {
				return column, err
			}
		}
		return 0, nil
	}, nil
}

// fieldsOf finds the field of each column, nil for none.
func fieldsOf(kind reflect.Type, header []string) ([][]int, error) {
	columns := make([][]int, len(header))
	for i := range kind.NumField() {
		field := kind.Field(i)
		tag := field.Tag.Get("csv")
		if tag == "-" || !field.IsExported() {
			continue
		}
		column := slices.IndexFunc(header, func(name string) bool {
			return name == tag || tag == "" && strings.EqualFold(name, field.Name)
		})
		if column < 0 {
			return nil, fmt.Errorf("no column for field %s; the columns are %s", field.Name, strings.Join(header, ", "))
		}
		if columns[column] != nil {
			return nil, fmt.Errorf("fields %s and %s have the same column", kind.FieldByIndex(columns[column]).Name, field.Name)
		}
		columns[column] = field.Index
	}
	return columns, nil
}

// set puts text into a field of a basic type, a time.Duration, or a type that
// reads text itself.
func set(field reflect.Value, text string) error {
	if reader, ok := field.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return reader.UnmarshalText([]byte(text))
	}
	if field.Type() == reflect.TypeFor[time.Duration]() {
		d, err := time.ParseDuration(text)
		field.SetInt(int64(d))
		return err
	}
	var err error
	switch field.Kind() {
	case reflect.String:
		field.SetString(text)
	case reflect.Bool:
		var v bool
		v, err = strconv.ParseBool(text)
		field.SetBool(v)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		var v int64
		v, err = strconv.ParseInt(text, 10, field.Type().Bits())
		field.SetInt(v)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		var v uint64
		v, err = strconv.ParseUint(text, 10, field.Type().Bits())
		field.SetUint(v)
	case reflect.Float32, reflect.Float64:
		var v float64
		v, err = strconv.ParseFloat(text, field.Type().Bits())
		field.SetFloat(v)
	default:
		err = fmt.Errorf("fields of type %s can't be read from text", field.Type())
	}
	return err
}
