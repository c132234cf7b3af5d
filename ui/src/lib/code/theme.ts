/** How code looks: the tokens of the theme, whichever is worn, so that nothing is set anew when it changes. */
import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { EditorView } from '@codemirror/view';
import { tags } from '@lezer/highlight';

const look = EditorView.theme({
  '&': { height: '100%', color: 'var(--text)', backgroundColor: 'transparent', fontSize: 'var(--size-s)' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--font-mono)', lineHeight: '16px', overflow: 'auto' },
  '.cm-content': { padding: '4px 0', caretColor: 'var(--text)', fontFeatureSettings: "'zero' 0, 'calt' 0" },
  '.cm-line': { padding: '0 6px' },
  '.cm-placeholder': { color: 'var(--faint)' },
  '.cm-gutters': {
    color: 'var(--faint)',
    backgroundColor: 'transparent',
    border: '0',
    borderRight: '1px solid var(--border)',
  },
  '.cm-lineNumbers .cm-gutterElement': { minWidth: '18px', padding: '0 5px 0 0' },
  '.cm-gutter-lint': { width: '13px' },
  '.cm-gutter-lint .cm-gutterElement': { padding: '0' },
  // A shape in the theme's own colour for the picture that comes with the marker.
  '.cm-lint-marker-error': { content: 'normal', width: 'auto', height: 'auto', textAlign: 'center' },
  '.cm-lint-marker-error::before': { content: '"■"', color: 'var(--crit)' },
  '.cm-lintRange-error': {
    backgroundImage: 'none',
    // WebKit does not take the three as one.
    textDecorationLine: 'underline',
    textDecorationStyle: 'wavy',
    textDecorationColor: 'var(--crit)',
    textDecorationSkipInk: 'none',
    textUnderlineOffset: '2px',
  },
  '.cm-lintRange-active': { backgroundColor: 'transparent' },
  '.cm-lintPoint-error::after': { borderBottomColor: 'var(--crit)' },
  '&.cm-focused .cm-matchingBracket': {
    backgroundColor: 'transparent',
    outline: '1px solid var(--control-border)',
  },
  '&.cm-focused .cm-nonmatchingBracket': { backgroundColor: 'transparent', color: 'var(--crit)' },
  '.cm-tooltip': {
    maxWidth: '360px',
    border: '1px solid var(--border-strong)',
    borderRadius: 'var(--radius)',
    boxShadow: 'var(--shadow)',
    color: 'var(--text)',
    backgroundColor: 'var(--raised)',
    overflowWrap: 'anywhere',
  },
  '.cm-tooltip .cm-tooltip-lint': { margin: '0', padding: '0' },
  '.cm-diagnostic': { padding: '5px 8px', fontSize: 'var(--size-n)' },
  '.cm-diagnostic-error': { borderLeft: '3px solid var(--crit)' },
});

const colours = HighlightStyle.define([
  { tag: tags.definition(tags.propertyName), color: 'var(--code-key)' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--code-string)' },
  { tag: [tags.keyword, tags.labelName, tags.typeName, tags.meta], color: 'var(--code-mark)' },
  { tag: tags.lineComment, color: 'var(--code-comment)' },
  {
    tag: [tags.separator, tags.punctuation, tags.squareBracket, tags.brace],
    color: 'var(--code-punctuation)',
  },
]);

export const theme = [look, syntaxHighlighting(colours)];
