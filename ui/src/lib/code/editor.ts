/**
 * The editor of YAML, and of JSON, which is YAML too. This module brings the editor's library with it: it is imported
 * when the first field of code is shown, and by `CodeField` alone.
 */
import { defaultKeymap, history, historyKeymap, isolateHistory } from '@codemirror/commands';
import { yaml } from '@codemirror/lang-yaml';
import { bracketMatching, indentOnInput } from '@codemirror/language';
import { lintGutter, nextDiagnostic, setDiagnostics, type Diagnostic } from '@codemirror/lint';
import { Annotation, Compartment, EditorState, type Extension, type Text } from '@codemirror/state';
import { EditorView, keymap, lineNumbers, placeholder } from '@codemirror/view';
import type { TextFault } from './faults';
import { theme } from './theme';

/** What the field shows: each showing replaces the one before. */
export interface Shown {
  text: string;
  faults: readonly TextFault[];
  /** Of the element that is typed into: its name, what describes it. */
  attributes: Readonly<Record<string, string>>;
  placeholder: string;
  /** Whether it can be typed into, only read and copied from, or neither. */
  use: 'write' | 'read' | 'none';
}
export interface Editor {
  show: (next: Shown) => void;
  /** Takes the keyboard, with this stretch of the text selected if given. */
  focus: (from?: number, to?: number) => void;
  close: () => void;
}
interface Listeners {
  input: (text: string) => void;
  blur: () => void;
}

/** Marks a change of the text that comes from the page, which need not be told of it. */
const given = Annotation.define<boolean>();

export function open(parent: HTMLElement, first: Shown, on: Listeners): Editor {
  const varying = new Compartment();
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: first.text,
      extensions: [
        lintGutter(),
        lineNumbers(),
        history(),
        bracketMatching(),
        indentOnInput(),
        yaml(),
        EditorView.lineWrapping,
        theme,
        // Tab is not taken: it leaves the field as it leaves any other. Ctrl-] and Ctrl-[ indent.
        keymap.of([{ key: 'F8', run: nextDiagnostic }, ...historyKeymap, ...defaultKeymap]),
        EditorView.updateListener.of((update) => {
          if (update.docChanged && !update.transactions.some((t) => t.annotation(given)))
            on.input(update.state.doc.toString());
        }),
        EditorView.domEventHandlers({ blur: () => on.blur() }),
        varying.of(variable(first)),
      ],
    }),
  });
  let last: Shown = { ...first, faults: [] };

  function show(next: Shown) {
    // Only another text than the one shown last: what was typed since stands where the page has not answered it.
    if (next.text !== last.text) take(next.text);
    if (next.faults !== last.faults && next.faults.length + last.faults.length > 0)
      view.dispatch(setDiagnostics(view.state, diagnostics(next.faults, view.state.doc)));
    if (JSON.stringify(variables(next)) !== JSON.stringify(variables(last)))
      view.dispatch({ effects: varying.reconfigure(variable(next)) });
    last = next;
  }
  /** Replaces no more than what differs, so that the cursor stays where it can. */
  function take(text: string) {
    const before = view.state.doc.toString();
    const after = view.state.toText(text).toString();
    if (before === after) return;
    const [from, to, insert] = difference(before, after);
    view.dispatch({
      changes: { from, to, insert },
      annotations: [given.of(true), isolateHistory.of('full')],
    });
  }
  show(first);
  return {
    show,
    focus(from, to) {
      view.focus();
      const end = view.state.doc.length;
      if (from !== undefined)
        view.dispatch({ selection: { anchor: Math.min(from, end), head: Math.min(to ?? from, end) } });
    },
    close: () => view.destroy(),
  };
}

/** The stretch of a text that has to be replaced, and by what, to make it another. */
export function difference(before: string, after: string): [from: number, to: number, insert: string] {
  const least = Math.min(before.length, after.length);
  let from = 0;
  while (from < least && before[from] === after[from]) from += 1;
  let same = 0;
  while (same < least - from && before.at(-1 - same) === after.at(-1 - same)) same += 1;
  return [from, before.length - same, after.slice(from, after.length - same)];
}

const variables = ({ attributes, placeholder, use }: Shown) => ({ attributes, placeholder, use });
function variable(shown: Shown): Extension {
  return [
    EditorView.contentAttributes.of(shown.attributes),
    shown.placeholder ? placeholder(shown.placeholder) : [],
    EditorState.readOnly.of(shown.use !== 'write'),
    EditorView.editable.of(shown.use !== 'none'),
  ];
}

function diagnostics(faults: readonly TextFault[], doc: Text): Diagnostic[] {
  return faults
    .flatMap(({ line, message }): Diagnostic[] => {
      if (line === null) return [];
      const { from, text } = doc.line(Math.max(1, Math.min(line, doc.lines)));
      const [start, end] = [text.length - text.trimStart().length, text.trimEnd().length];
      return [{ from: from + Math.min(start, end), to: from + end, severity: 'error', message }];
    })
    .sort((a, b) => a.from - b.from);
}
