package page

import (
	"errors"
	"fmt"
	"html/template"
	"io"
	"sync"
	"text/template/parse"

	"github.com/dramac-main/dramac-cms/internal/manifest"
)

// Template is a block's template, ready to run. It is safe for concurrent use.
type Template struct {
	block    *manifest.Block
	module   *manifest.Manifest
	source   *template.Template // never executed, so that it can be cloned
	prepared sync.Pool          // of *prepared
}

// prepared is a clone whose escaping is computed. It runs once at a time.
type prepared struct {
	template *template.Template
	run      *run
}

// Compile prepares a block of the module. The template must keep the rules of
// manifest.CheckTemplate, which hold at publish; the error says where it does not.
func Compile(b *manifest.Block, m *manifest.Manifest) (*Template, error) {
	file := "blocks/" + b.Name + ".html"
	if found := manifest.CheckTemplate(file, b.Template, b, m); len(found) > 0 {
		return nil, manifest.Problems(found)
	}
	var none *run
	source, err := template.New(file).Funcs(functions(&none)).Parse(b.Template)
	if err != nil {
		return nil, fmt.Errorf("block %s: %w", b.Name, err)
	}
	if source.Tree != nil {
		guard(source.Tree.Root)
	}
	t := &Template{block: b, module: m, source: source}
	if err := t.try(); err != nil {
		return nil, fmt.Errorf("block %s: %w", b.Name, err)
	}
	return t, nil
}

// Block returns the declaration of the block.
func (t *Template) Block() *manifest.Block { return t.block }

// Module returns the manifest of the module that declares the block.
func (t *Template) Module() *manifest.Manifest { return t.module }

// try computes the escaping, which finds markup in which no value is safe.
func (t *Template) try() error {
	err := t.execute(refusing{}, &run{}, nil)
	var escaping *template.Error
	if errors.As(err, &escaping) {
		return err
	}
	return nil
}

// execute runs the template once. Functions that panic become errors.
func (t *Template) execute(w io.Writer, r *run, data map[string]any) error {
	p, ok := t.prepared.Get().(*prepared)
	if !ok {
		var err error
		if p, err = t.prepare(); err != nil {
			return err
		}
	}
	p.run = r
	err := p.template.Execute(w, data)
	p.run = nil
	t.prepared.Put(p)
	return err
}

func (t *Template) prepare() (*prepared, error) {
	clone, err := t.source.Clone()
	if err != nil {
		return nil, fmt.Errorf("clone the template: %w", err)
	}
	p := &prepared{template: clone}
	clone.Funcs(functions(&p.run))
	return p, nil
}

// guard makes every round of every range call step, so that a template which
// only loops and writes nothing ends with its time too.
func guard(list *parse.ListNode) {
	if list == nil {
		return
	}
	for _, node := range list.Nodes {
		switch n := node.(type) {
		case *parse.IfNode:
			guard(n.List)
			guard(n.ElseList)
		case *parse.WithNode:
			guard(n.List)
			guard(n.ElseList)
		case *parse.RangeNode:
			guard(n.List)
			guard(n.ElseList)
			n.List.Nodes = append([]parse.Node{stepNode(n)}, n.List.Nodes...)
		}
	}
}

// stepNode returns {{ if _step }}{{ end }}: a call that writes nothing, so that
// escaping has nothing to add to it in any context.
func stepNode(at *parse.RangeNode) parse.Node {
	called := parse.NewIdentifier(step).SetPos(at.Pos)
	pipe := &parse.PipeNode{
		NodeType: parse.NodePipe, Pos: at.Pos, Line: at.Line,
		Cmds: []*parse.CommandNode{{NodeType: parse.NodeCommand, Pos: at.Pos, Args: []parse.Node{called}}},
	}
	return &parse.IfNode{BranchNode: parse.BranchNode{
		NodeType: parse.NodeIf, Pos: at.Pos, Line: at.Line, Pipe: pipe,
		List: &parse.ListNode{NodeType: parse.NodeList, Pos: at.Pos},
	}}
}
