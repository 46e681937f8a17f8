package internal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// borders are the packages whose exported functions say what they were doing when
// an error of another package stopped them: "open register: disk I/O error" tells
// where to look, "disk I/O error" does not.
var borders = words(`internal/handover internal/service internal/sqlitex internal/store internal/store/runs
	internal/store/search internal/vault`)

// generated code of ours says no more in its errors than the driver beneath it.
const queries = module + "internal/store/db"

// TestErrorsAreWrapped fails for an exported function at one of the borders that
// hands on an error of another package as it is (return err, or return f()).
func TestErrorsAreWrapped(t *testing.T) {
	for _, where := range bareErrors(t, "..", borders) {
		t.Error(where)
	}
}

// TestBareErrors holds the rule to code that keeps it and code that does not.
func TestBareErrors(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("go.mod", "module assay\n\ngo 1.26\n")
	write(
		"internal/fault/fault.go",
		"package fault\n\nimport \"errors\"\n\nfunc New() error { return errors.New(\"x\") }\n",
	)
	write("internal/x/x.go", `package x

import (
	"errors"
	"fmt"
	"os"

	"assay/internal/fault"
)

func Bare() error { _, err := os.Stat("a"); return err }                  // 11
func Call() error { return os.Remove("a") }                              // 12
func Last() error { err := fault.New(); if err == nil { err = os.Remove("a") }; return err } // 13
type T struct{ f *os.File }
func (t T) Close() error { return t.f.Close() }                          // 15
func Multi() (int, error) { b, err := os.ReadFile("a"); if err != nil { return 0, err }; return len(b), nil } // 16
func Joined() error { return errors.Join(os.Remove("a"), nil) }          // 17
func Wrapped() error { if err := os.Remove("a"); err != nil { return fmt.Errorf("remove a: %w", err) }; return nil }
func Fault() error { return fault.New() }
func Own() error { return inner() }
func inner() error { return os.Remove("a") }
func Closure() func() error { return func() error { return os.Remove("a") } }
func New() error { return errors.New("x: a sentence of our own") }
`)
	got := bareErrors(t, dir, words("internal/x"))
	var lines []string
	for _, s := range got {
		lines = append(lines, strings.Split(s, ":")[1])
	}
	if want := words("11 12 13 15 16 17"); !slices.Equal(lines, want) {
		t.Errorf("lines %v, want %v:\n%s", lines, want, strings.Join(got, "\n"))
	}
}

// bareErrors lists the places, in the named packages of the module at root, where
// an exported function hands on another package's error.
func bareErrors(t *testing.T, root string, packages []string) (out []string) {
	t.Helper()
	args := []string{"list", "-export", "-deps", "-json=ImportPath,Dir,Export,GoFiles"}
	for _, p := range packages {
		args = append(args, "./"+p)
	}
	cmd := exec.Command("go", args...)
	cmd.Dir = root
	var problems bytes.Buffer
	cmd.Stderr = &problems
	list, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, &problems)
	}
	type listed struct {
		ImportPath, Dir, Export string
		GoFiles                 []string
	}
	all := map[string]listed{}
	for d := json.NewDecoder(bytes.NewReader(list)); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		all[p.ImportPath] = p
	}
	fset := token.NewFileSet()
	from := importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) {
		if all[path].Export == "" {
			return nil, fmt.Errorf("no export data of %s", path)
		}
		return os.Open(all[path].Export)
	})
	for _, name := range packages {
		p, ok := all[module+name]
		if !ok {
			t.Fatalf("there is no package %s", name)
		}
		var files []*ast.File
		for _, f := range p.GoFiles {
			parsed, err := parser.ParseFile(fset, filepath.Join(p.Dir, f), nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, parsed)
		}
		info := &types.Info{
			Types: map[ast.Expr]types.TypeAndValue{},
			Defs:  map[*ast.Ident]types.Object{},
			Uses:  map[*ast.Ident]types.Object{},
		}
		if _, err := (&types.Config{Importer: from}).Check(p.ImportPath, fset, files, info); err != nil {
			t.Fatal(err)
		}
		c := bareCheck{info: info}
		for _, f := range files {
			for _, d := range f.Decls {
				fn, ok := d.(*ast.FuncDecl)
				if !ok || fn.Body == nil || !fn.Name.IsExported() {
					continue
				}
				for _, r := range c.function(fn) {
					at := fset.Position(r.at)
					out = append(
						out,
						fmt.Sprintf("%s/%s:%d: %s hands on an error of %s: say what it was doing: fault.Doing",
							name, filepath.Base(at.Filename), at.Line, fn.Name.Name, r.of),
					)
				}
			}
		}
	}
	return out
}

type bareCheck struct {
	info *types.Info
}

type bareReturn struct {
	at, end token.Pos // of the error
	of      string    // the callee
}

var errorType = types.Universe.Lookup("error").Type()

// function lists the returns of a function that hand on a foreign error. An error
// in a variable is that of the last assignment before the return.
func (c bareCheck) function(fn *ast.FuncDecl) (out []bareReturn) {
	last := map[types.Object]ast.Expr{}
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false // what a closure returns does not cross this border
		case *ast.AssignStmt:
			for i, l := range n.Lhs {
				id, ok := l.(*ast.Ident)
				if !ok {
					continue
				}
				o := c.info.Defs[id]
				if o == nil {
					o = c.info.Uses[id]
				}
				if o == nil || !types.Identical(o.Type(), errorType) {
					continue
				}
				if len(n.Rhs) == len(n.Lhs) {
					last[o] = n.Rhs[i]
				} else {
					last[o] = n.Rhs[0]
				}
			}
		case *ast.ReturnStmt:
			for _, r := range n.Results {
				tv := c.info.Types[r]
				if tv.Type == nil {
					continue
				}
				isError := types.Identical(tv.Type, errorType)
				if tuple, ok := tv.Type.(*types.Tuple); ok && len(n.Results) == 1 && tuple.Len() > 0 {
					isError = types.Identical(tuple.At(tuple.Len()-1).Type(), errorType)
				}
				if !isError {
					continue
				}
				e := r
				if id, ok := r.(*ast.Ident); ok {
					e = last[c.info.Uses[id]]
				}
				if of := c.foreign(e); of != "" {
					out = append(out, bareReturn{r.Pos(), r.End(), of})
				}
			}
		}
		return true
	})
	return out
}

// foreign names the function of somebody else whose error an expression is, empty
// if it is none. Our own packages make sentences for people or wrap for themselves.
func (c bareCheck) foreign(e ast.Expr) string {
	call, ok := e.(*ast.CallExpr)
	if !ok {
		return ""
	}
	var id *ast.Ident
	switch f := ast.Unparen(call.Fun).(type) {
	case *ast.Ident:
		id = f
	case *ast.SelectorExpr:
		id = f.Sel
	default:
		return ""
	}
	fn, ok := c.info.Uses[id].(*types.Func)
	if !ok || fn.Pkg() == nil || strings.HasPrefix(fn.Pkg().Path(), module) && fn.Pkg().Path() != queries {
		return ""
	}
	switch fn.FullName() {
	case "fmt.Errorf", "errors.New", "(context.Context).Err":
		return ""
	case "errors.Join":
		for _, a := range call.Args {
			if of := c.foreign(a); of != "" {
				return of
			}
		}
		return ""
	}
	return fn.FullName()
}
