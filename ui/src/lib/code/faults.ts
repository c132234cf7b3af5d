/** What is wrong with a text of YAML or JSON, and at which line. Pure. */
import {
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseAllDocuments,
  parseDocument,
  type Document,
} from 'yaml';

export interface TextFault {
  /** From 1; null where the whole text is meant. */
  line: number | null;
  message: string;
}

/** What a parser found first, at its line. */
export function firstFault(errors: Document.Parsed['errors'], lines: LineCounter): TextFault | null {
  const first = errors[0];
  return first ? { line: lines.linePos(first.pos[0]).line, message: first.message } : null;
}

/** Why a text, of one document or several, is no YAML; null where it is. */
export function yamlFault(text: string): TextFault | null {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false });
  const errors = 'empty' in documents ? [] : documents.flatMap((d) => d.errors);
  return firstFault(errors, lines);
}

/** Why a text is no JSON; null where it is. */
export function jsonFault(text: string): TextFault | null {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    // Not every engine tells the place, WebKit never does; read as YAML with the scalars of JSON, nearly every such
    // text fails there too.
    const lines = new LineCounter();
    const strict = parseDocument(text, { schema: 'json', lineCounter: lines, prettyErrors: false });
    const at = /at position (\d+)/.exec(message);
    const told = at ? text.slice(0, Number(at[1])).split('\n').length : null;
    const line = told ?? firstFault(strict.errors, lines)?.line ?? null;
    return { line, message: message.replace(/ at position \d+.*/, '') };
  }
}

/** Why a text is no JSON object; null where it is. `otherwise` says what other JSON ought to be. */
export function jsonObjectFault(text: string, otherwise: string): TextFault | null {
  const fault = jsonFault(text);
  if (fault) return fault;
  const value: unknown = JSON.parse(text);
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? null
    : { line: 1, message: otherwise };
}

/** The line of a value, or of the nearest thing there is around it. */
export function lineOf(
  doc: Document.Parsed,
  lines: LineCounter,
  path: readonly (string | number)[],
): number | null {
  for (let end = path.length; end >= 0; end -= 1) {
    const node = doc.getIn(path.slice(0, end), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return null;
}

/** A refusal of a text, at the line it tells or at the field it names: "Kind: profiles[0].plugin is no field". */
export function refused(text: string, message: string): TextFault {
  const told = /\bline (\d+), column \d+/.exec(message)?.[1];
  if (told) return { line: Number(told), message };
  const field = /(?:^|: )([A-Za-z][\w.[\]-]*) is /.exec(message)?.[1];
  return { line: field ? lineOfField(text, field) : null, message };
}

/** The line of the key of a field, such as `profiles[0].plugins`, or of the innermost parent that is there. */
export function lineOfField(text: string, field: string): number | null {
  const lines = new LineCounter();
  const doc = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (doc.errors.length) return null;
  const steps = field.split(/[.[\]]+/).filter(Boolean);
  for (let end = steps.length; end > 0; end -= 1) {
    const around = doc.getIn(steps.slice(0, end - 1), true);
    const step = steps[end - 1];
    const node = isMap(around)
      ? around.items.map((pair) => pair.key).find((key) => isScalar(key) && key.value === step)
      : isSeq(around)
        ? around.items[Number(step)]
        : null;
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return null;
}
