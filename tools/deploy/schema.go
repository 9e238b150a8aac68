package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// A kind is one whose objects the chart has.
type kind struct {
	name, api, file string // the file is named as kubeconform looks for it
	object          any
}

func kinds() []kind {
	return []kind{
		{"ConfigMap", "v1", "configmap-v1", corev1.ConfigMap{}},
		{"Job", "batch/v1", "job-batch-v1", batchv1.Job{}},
		{"NetworkPolicy", "networking.k8s.io/v1", "networkpolicy-networking-v1", networkingv1.NetworkPolicy{}},
		{"PersistentVolumeClaim", "v1", "persistentvolumeclaim-v1", corev1.PersistentVolumeClaim{}},
		{"Pod", "v1", "pod-v1", corev1.Pod{}},
		{"Secret", "v1", "secret-v1", corev1.Secret{}},
		{"Service", "v1", "service-v1", corev1.Service{}},
	}
}

// words are what a text of a type may be, where that matters for the chart: the
// types themselves say nothing of it.
func words() map[reflect.Type][]string {
	return map[reflect.Type][]string{
		typeOf[batchv1.CompletionMode]():                      {"Indexed", "NonIndexed"},
		typeOf[batchv1.PodFailurePolicyAction]():              {"Count", "FailIndex", "FailJob", "Ignore"},
		typeOf[batchv1.PodFailurePolicyOnExitCodesOperator](): {"In", "NotIn"},
		typeOf[batchv1.PodReplacementPolicy]():                {"Failed", "TerminatingOrFailed"},
		typeOf[corev1.ConditionStatus]():                      {"False", "True", "Unknown"},
		typeOf[corev1.PersistentVolumeAccessMode]():           {"ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"},
		typeOf[corev1.PodFSGroupChangePolicy]():               {"Always", "OnRootMismatch"},
		typeOf[corev1.Protocol]():                             {"SCTP", "TCP", "UDP"},
		typeOf[corev1.PullPolicy]():                           {"Always", "IfNotPresent", "Never"},
		typeOf[corev1.RestartPolicy]():                        {"Always", "Never", "OnFailure"},
		typeOf[corev1.SeccompProfileType]():                   {"Localhost", "RuntimeDefault", "Unconfined"},
		typeOf[corev1.ServiceType]():                          {"ClusterIP", "ExternalName", "LoadBalancer", "NodePort"},
		typeOf[corev1.TaintEffect]():                          {"NoExecute", "NoSchedule", "PreferNoSchedule"},
		typeOf[corev1.TolerationOperator]():                   {"Equal", "Exists"},
		typeOf[corev1.UnsatisfiableConstraintAction]():        {"DoNotSchedule", "ScheduleAnyway"},
		typeOf[networkingv1.PolicyType]():                     {"Egress", "Ingress"},
	}
}

func typeOf[T any]() reflect.Type { return reflect.TypeFor[T]() }

type object = map[string]any

// A drawer makes schemas of Go types: of their fields and tags, as encoding/json
// reads them. A field that is not left out when it is empty has to be there,
// unless it is a pointer.
type drawer struct {
	words       map[reflect.Type][]string
	definitions map[string]object
}

// writeSchemas writes a schema for each kind. Unknown fields are errors.
func writeSchemas(dir string) error {
	for _, k := range kinds() {
		d := drawer{words: words(), definitions: map[string]object{}}
		root := d.fields(reflect.TypeOf(k.object))
		properties := root["properties"].(object)
		properties["kind"], properties["apiVersion"] = object{"const": k.name}, object{"const": k.api}
		delete(properties, "status")
		root["required"] = []string{"apiVersion", "kind", "metadata"}
		text, err := d.text(root)
		if err != nil {
			return fmt.Errorf("%s: %w", k.name, err)
		}
		if err := os.WriteFile(filepath.Join(dir, k.file+".json"), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// text writes a definition on each line.
func (d *drawer) text(root object) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("{\n")
	for _, key := range slices.Sorted(maps.Keys(root)) {
		text, err := json.Marshal(root[key])
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, "  %q: %s,\n", key, text)
	}
	b.WriteString("  \"definitions\": {\n")
	for i, name := range slices.Sorted(maps.Keys(d.definitions)) {
		text, err := json.Marshal(d.definitions[name])
		if err != nil {
			return nil, err
		}
		if i > 0 {
			b.WriteString(",\n")
		}
		fmt.Fprintf(&b, "    %q: %s", name, text)
	}
	b.WriteString("\n  }\n}\n")
	return b.Bytes(), nil
}

func (d *drawer) schema(t reflect.Type) object {
	switch t {
	case typeOf[resource.Quantity]():
		return object{"type": []string{"string", "number"}}
	case typeOf[intstr.IntOrString]():
		return object{"type": []string{"string", "integer"}}
	case typeOf[metav1.Time](), typeOf[metav1.MicroTime]():
		return object{"type": []string{"string", "null"}}
	case typeOf[metav1.FieldsV1]():
		return object{"type": "object"}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return d.schema(t.Elem())
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.String:
		if words := d.words[t]; words != nil {
			return object{"enum": words}
		}
		return object{"type": "string"}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return object{"type": "integer"}
	case reflect.Float32, reflect.Float64:
		return object{"type": "number"}
	case reflect.Map:
		return object{"type": "object", "additionalProperties": d.schema(t.Elem())}
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return object{"type": "string", "pattern": "^[A-Za-z0-9+/]*={0,2}$"}
		}
		return object{"type": "array", "items": d.schema(t.Elem())}
	case reflect.Struct:
		return d.refer(t)
	}
	return object{}
}

// refer puts a struct among the definitions.
func (d *drawer) refer(t reflect.Type) object {
	if _, ok := d.definitions[t.Name()]; !ok {
		d.definitions[t.Name()] = nil // those that have themselves in them end here
		d.definitions[t.Name()] = d.fields(t)
	}
	return object{"$ref": "#/definitions/" + t.Name()}
}

func (d *drawer) fields(t reflect.Type) object {
	properties, required := object{}, []string{}
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case name == "-" || !f.IsExported():
		case f.Anonymous && name == "":
			inline := d.fields(f.Type)
			maps.Copy(properties, inline["properties"].(object))
			if more, ok := inline["required"].([]string); ok {
				required = append(required, more...)
			}
		default:
			properties[name] = d.schema(f.Type)
			if !strings.Contains(options, "omitempty") && f.Type.Kind() != reflect.Pointer {
				required = append(required, name)
			}
		}
	}
	s := object{"type": "object", "additionalProperties": false, "properties": properties}
	if len(required) > 0 {
		s["required"] = required
	}
	return s
}
