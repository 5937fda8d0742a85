import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands'
import { bracketMatching, HighlightStyle, indentOnInput, syntaxHighlighting } from '@codemirror/language'
import { lintKeymap } from '@codemirror/lint'
import { EditorState, Prec } from '@codemirror/state'
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view'
import { tags } from '@lezer/highlight'
import { graphql, updateSchema } from 'cm6-graphql'
import type { GraphQLSchema } from 'graphql'

// The page's policy forbids style elements that a script makes. In a shadow root CodeMirror brings its styles as constructed style sheets, which it
// allows; the page's colours are custom properties and reach in there.
const looks = EditorView.theme({
  '&': { fontSize: '14px', backgroundColor: 'var(--card)', color: 'var(--ink)', height: '100%' },
  '.cm-content': { caretColor: 'var(--ink)', fontFamily: 'ui-monospace, "DejaVu Sans Mono", monospace' },
  '.cm-cursor': { borderLeftColor: 'var(--ink)' },
  '.cm-gutters': { backgroundColor: 'var(--plain-ground)', color: 'var(--soft)', borderRight: '1px solid var(--line)' },
  '.cm-activeLine': { backgroundColor: 'transparent', boxShadow: 'inset 3px 0 var(--link)' },
  '&.cm-focused .cm-selectionBackground, .cm-selectionBackground': { backgroundColor: 'var(--info-ground) !important' },
  '.cm-tooltip': { backgroundColor: 'var(--card)', color: 'var(--ink)', border: '1px solid var(--line)' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': { backgroundColor: 'var(--link)', color: 'var(--card)' },
  '.cm-diagnostic': { color: 'var(--ink)' },
})
const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.definitionKeyword], color: 'var(--bad)' },
  { tag: [tags.propertyName, tags.attributeName], color: 'var(--link)' },
  { tag: [tags.variableName, tags.special(tags.variableName)], color: 'var(--warn)' },
  { tag: [tags.string, tags.number, tags.bool, tags.atom], color: 'var(--good)' },
  { tag: tags.comment, color: 'var(--soft)', fontStyle: 'italic' },
])

// What is typed is put in here and not by the browser: over a selection Chromium would leave spans with style attributes, which the policy forbids.
const typing = Prec.highest(EditorView.domEventHandlers({
  beforeinput(e, view) {
    const { main, ranges } = view.state.selection
    if (e.inputType !== 'insertText' || e.isComposing || view.composing || !e.data || ranges.length > 1) return false
    const text = e.data, insert = () => view.state.update(view.state.replaceSelection(text), { userEvent: 'input.type', scrollIntoView: true })
    if (!view.state.facet(EditorView.inputHandler).some((handle) => handle(view, main.from, main.to, text, insert))) view.dispatch(insert())
    return true
  },
}))

export interface Editor { text: () => string, put: (text: string) => void, insert: (text: string) => void,
  /** Puts the cursor at a line and column, both counted from 1, and the focus there. */
  at: (line: number, column: number) => void, know: (schema: GraphQLSchema) => void, end: () => void }

/** An editor of GraphQL in an element. Tab indents; Esc, then Tab leaves it. */
export function edit(host: HTMLElement, text: string, label: string, on: { run: () => void, pretty: () => void, change: (text: string) => void, help: (type?: string) => void }): Editor {
  const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' })
  const view = new EditorView({
    root, parent: root as unknown as Element,
    state: EditorState.create({
      doc: text,
      extensions: [
        Prec.highest(keymap.of([{ key: 'Mod-Enter', run: () => { on.run(); return true } }, { key: 'Shift-Alt-f', run: () => { on.pretty(); return true } }])),
        typing, lineNumbers(), history(), drawSelection(), bracketMatching(), closeBrackets(), autocompletion(), indentOnInput(), highlightActiveLine(), EditorView.lineWrapping,
        keymap.of([...closeBracketsKeymap, ...completionKeymap, ...lintKeymap, ...historyKeymap, ...defaultKeymap, indentWithTab]),
        graphql(undefined, { onShowInDocs: (field, type, parent) => on.help(type ?? parent ?? field) }), syntaxHighlighting(colours), looks,
        EditorView.contentAttributes.of({ 'aria-label': label }), EditorView.updateListener.of((u) => { if (u.docChanged) on.change(u.state.doc.toString()) }),
      ],
    }),
  })
  return {
    text: () => view.state.doc.toString(),
    put: (text) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } }),
    insert(text) {
      view.dispatch(view.state.replaceSelection(text))
      view.focus()
    },
    at(line, column) {
      const l = view.state.doc.line(Math.max(1, Math.min(line, view.state.doc.lines)))
      view.dispatch({ selection: { anchor: Math.min(l.to, l.from + column - 1) }, scrollIntoView: true })
      view.focus()
    },
    know: (schema) => updateSchema(view, schema),
    end: () => view.destroy(),
  }
}
