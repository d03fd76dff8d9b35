// The box that a query is written in: CodeMirror in a shadow root, so that its styles need no exception from the policy
// of the page, in step with the text area of the form.
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap, startCompletion } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { HighlightStyle, bracketMatching, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, setDiagnostics } from "@codemirror/lint";
import { EditorState, Prec } from "@codemirror/state";
import { EditorView, drawSelection, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { SparqlLanguage } from "codemirror-lang-sparql";
import { completing } from "./completion.js";
import { begun, declaring, missing, prefixes } from "./prefixes.js";
import { say } from "./words.js";

const colours = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--four)", fontWeight: "600" },
  { tag: [tags.string, tags.integer, tags.float, tags.bool], color: "var(--three)" },
  { tag: [tags.variableName, tags.special(tags.variableName)], color: "var(--one)" },
  { tag: [tags.namespace, tags.typeName], color: "var(--two)" },
  { tag: tags.comment, color: "var(--soft)", fontStyle: "italic" },
]);
const theme = EditorView.theme({
  "&": { color: "var(--ink)", backgroundColor: "var(--paper)", fontSize: "0.875rem", height: "100%" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { font: "0.875rem/1.5 ui-monospace, monospace", overflow: "auto" },
  ".cm-content": { caretColor: "var(--ink)", padding: "0.5rem 0" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  ".cm-gutters": { backgroundColor: "var(--raised)", color: "var(--soft)", borderRight: "1px solid var(--line)" },
  ".cm-selectionBackground, &.cm-focused .cm-selectionBackground": { backgroundColor: "var(--mark) !important" },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--mark)" },
  ".cm-tooltip": { backgroundColor: "var(--raised)", color: "var(--ink)", border: "1px solid var(--edge)" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { font: "0.8125rem/1.4 ui-monospace, monospace", maxHeight: "none", maxWidth: "min(44rem, 92vw)" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "0.2rem 0.5rem", minHeight: "24px" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": { backgroundColor: "var(--link)", color: "var(--paper)" },
  ".cm-completionDetail": { fontStyle: "normal", color: "var(--soft)" },
  "li[aria-selected] .cm-completionDetail": { color: "var(--paper)" },
  ".cm-completionMatchedText": { textDecoration: "underline" },
  ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy var(--bad)" },
  ".cm-diagnostic": { borderLeftColor: "var(--bad)" },
});

// A browser that itself puts a text in the place of a selection keeps the look of what was there by a style of its own,
// which the policy of the page forbids: so it is done here.
const replacing = EditorView.domEventHandlers({
  beforeinput(event, view) {
    const { main } = view.state.selection;
    if (event.inputType !== "insertText" || !event.data || view.composing || main.empty) return false;
    event.preventDefault();
    const change = () => view.state.update(view.state.replaceSelection(event.data), { userEvent: "input.type", scrollIntoView: true });
    const handled = view.state.facet(EditorView.inputHandler).some((one) => one(view, main.from, main.to, event.data, change));
    if (!handled) view.dispatch(change());
    return true;
  },
});

/** A box in place of the text area `area`, in the element `host`. */
export class Box {
  constructor(area, host, known, { run, changed }) {
    this.area = area;
    const root = host.attachShadow({ mode: "open" });
    this.view = new EditorView({ root, parent: root, state: EditorState.create({ doc: area.value, extensions: this.extensions(known, run, changed) }) });
    host.hidden = false;
    area.hidden = true;
  }

  extensions(known, run, changed) {
    return [
      lineNumbers(),
      history(),
      drawSelection(),
      bracketMatching(),
      closeBrackets(),
      lintGutter(),
      SparqlLanguage,
      syntaxHighlighting(colours),
      autocompletion({ override: [completing(known)], icons: false, maxRenderedOptions: 9 }),
      EditorView.lineWrapping,
      EditorView.contentAttributes.of({ "aria-label": say("query"), tabindex: "0", spellcheck: "false", autocapitalize: "off" }),
      EditorState.phrases.of({ Completions: say("completions") }),
      theme,
      replacing,
      Prec.highest(keymap.of([{ key: "Mod-Enter", run: () => (run(), true) }])),
      keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap, ...completionKeymap]),
      EditorView.updateListener.of((update) => {
        if (!update.docChanged) return;
        this.area.value = update.state.doc.toString();
        if (update.transactions.some((one) => one.isUserEvent("input.type"))) this.typed(update);
        changed();
      }),
    ];
  }

  get text() {
    return this.view.state.doc.toString();
  }

  set text(text) {
    this.view.dispatch({ changes: { from: 0, to: this.view.state.doc.length, insert: text }, selection: { anchor: 0 } });
    this.mark(null);
  }

  focus() {
    this.view.focus();
  }

  /** Declare a known prefix as soon as its colon is typed. */
  typed(update) {
    const at = update.state.selection.main.head;
    if (update.state.sliceDoc(at - 1, at) !== ":") return;
    const prefix = begun(this.text, at);
    if (prefix === null) return;
    const line = declaring(this.text, prefix, prefixes);
    if (!line) return;
    queueMicrotask(() => {
      this.view.dispatch({ changes: line, userEvent: "input.prefix" });
      startCompletion(this.view);
    });
  }

  /** Declare every known prefix that is used, as a query that was pasted may need. */
  declare() {
    const change = missing(this.text, prefixes);
    if (change) this.view.dispatch({ changes: change });
  }

  /** Mark the place of an error; lines and columns count from 1, and columns count characters. */
  mark(fault) {
    const found = fault ? [this.diagnostic(fault)] : [];
    this.view.dispatch(setDiagnostics(this.view.state, found));
  }

  diagnostic({ line, column, told }) {
    const { doc } = this.view.state;
    const row = doc.line(Math.min(line, doc.lines));
    const from = Math.min(row.from + [...row.text].slice(0, column - 1).join("").length, row.to);
    const word = /^(?:[\w?$:]+|\S)/.exec(doc.sliceString(from, row.to))?.[0].length ?? 0;
    return { from: word ? from : Math.max(row.from, from - 1), to: from + word, severity: "error", message: told };
  }

  /** Put the cursor where the error is. */
  go(fault) {
    const { from } = this.diagnostic(fault);
    this.view.dispatch({ selection: { anchor: from }, scrollIntoView: true });
    this.focus();
  }
}
