//! What the macros promise for any input: they do not panic, the function that
//! they stand on stays in the program, and the result either parses or is an
//! error message.
//!
//! An input is bytes. The first chooses a macro; the others are words of
//! [`WORDS`], by their place in it.

// The macros' own modules: a crate of macros exports nothing else.
#[path = "../../../handler-table-macros/src/args.rs"]
mod args;
#[path = "../../../handler-table-macros/src/handler.rs"]
mod handler;
#[path = "../../../handler-table-macros/src/item.rs"]
mod item;
#[path = "../../../handler-table-macros/src/names.rs"]
mod names;
#[path = "../../../handler-table-macros/src/require.rs"]
mod require;
#[path = "../../../handler-table-macros/src/table.rs"]
mod table;
#[path = "../../../handler-table-macros/src/tokens.rs"]
mod tokens;

use proc_macro2::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};
use std::ops::AddAssign;

/// Brackets open and close; `;;` parts the arguments from the item; the rest are
/// pieces of Rust.
const WORDS: &[&str] = &[
    ";;",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "⟨",
    "⟩",
    ",",
    ";",
    ":",
    "::",
    "=",
    "==",
    "=>",
    "->",
    "-",
    "<",
    ">",
    ">>",
    "&",
    "&&",
    "'a",
    "#",
    "!",
    "...",
    ".",
    "*",
    "+",
    "|",
    "?",
    "@",
    "$",
    "_",
    "fn",
    "static",
    "mut",
    "pub",
    "crate",
    "unsafe",
    "safe",
    "extern",
    "async",
    "const",
    "impl",
    "dyn",
    "self",
    "Self",
    "super",
    "where",
    "for",
    "struct",
    "mod",
    "type",
    "use",
    "as",
    "if",
    "let",
    "return",
    "in",
    "event_handler",
    "handler_table",
    "cfg",
    "cfg_attr",
    "test",
    "doc",
    "T",
    "N",
    "F",
    "IRQS",
    "kernel",
    "uart",
    "frame",
    "Frame",
    "HandlerTable",
    "usize",
    "u8",
    "bool",
    "r#fn",
    "r#uart",
    "UART",
    "UART_",
    "LOAD",
    "ENTRY",
    "core",
    "concat",
    "Some",
    "0",
    "1",
    "3",
    "0x3",
    "3usize",
    "3u8",
    "3.0",
    "18446744073709551616",
    "\"3\"",
    "\"C\"",
    "'c'",
    "b\"x\"",
    "c\"x\"",
    "true",
    "1_000",
    "340282366920938463463374607431768211456u128",
    "\"crate\"",
    "a",
    "b",
];

/// How many inputs went which way.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seen {
    /// Items, as the compiler passes to an attribute.
    pub items: u64,
    /// Of those, expanded.
    pub expanded: u64,
    /// Of those, answered with an error.
    pub refused: u64,
}

impl AddAssign for Seen {
    fn add_assign(&mut self, other: Seen) {
        self.items += other.items;
        self.expanded += other.expanded;
        self.refused += other.refused;
    }
}

struct Place;

impl names::Environment for Place {
    fn file(&self, _: Span) -> String {
        "src/lib.rs".to_owned()
    }

    fn line(&self, _: Span) -> usize {
        1
    }

    fn column(&self, _: Span) -> usize {
        1
    }

    fn variable(&self, name: &str) -> Option<String> {
        (name == "CARGO_CRATE_NAME").then(|| "kernel".to_owned())
    }
}

/// The tokens of a word.
fn word(word: &str) -> Vec<TokenTree> {
    let first = word.chars().next().unwrap_or('_');
    if let Some(name) = word.strip_prefix("r#") {
        return vec![Ident::new_raw(name, Span::call_site()).into()];
    }
    if word == "'a" {
        let name = Ident::new("a", Span::call_site());
        return vec![Punct::new('\'', Spacing::Joint).into(), name.into()];
    }
    if first.is_ascii_digit() || word.contains(['"', '\'']) {
        return vec![word.parse::<Literal>().expect("a literal").into()];
    }
    if first.is_alphabetic() || first == '_' {
        return vec![Ident::new(word, Span::call_site()).into()];
    }
    let mut chars = word.chars().peekable();
    let mut puncts = Vec::new();
    while let Some(char) = chars.next() {
        let spacing = if chars.peek().is_some() {
            Spacing::Joint
        } else {
            Spacing::Alone
        };
        puncts.push(Punct::new(char, spacing).into());
    }
    puncts
}

/// Arguments and an item.
fn read(bytes: &[u8]) -> (TokenStream, TokenStream) {
    let mut parts = [TokenStream::new(), TokenStream::new()];
    let mut part = 0;
    let mut open: Vec<(Delimiter, Vec<TokenTree>)> = Vec::new();
    let mut tokens: Vec<TokenTree> = Vec::new();
    fn close(
        open: &mut Vec<(Delimiter, Vec<TokenTree>)>,
        tokens: &mut Vec<TokenTree>,
        part: usize,
    ) {
        if let Some((delimiter, before)) = open.pop() {
            let inner: TokenStream = std::mem::replace(tokens, before).into_iter().collect();
            // Nothing, in invisible brackets, is an absent visibility; which no
            // argument has.
            if part == 1 || delimiter != Delimiter::None || !inner.is_empty() {
                tokens.push(Group::new(delimiter, inner).into());
            }
        }
    }
    for byte in bytes {
        let delimiter = match WORDS[usize::from(*byte) % WORDS.len()] {
            "(" => Delimiter::Parenthesis,
            "[" => Delimiter::Bracket,
            "{" => Delimiter::Brace,
            "⟨" => Delimiter::None,
            ")" | "]" | "}" | "⟩" => {
                close(&mut open, &mut tokens, part);
                continue;
            }
            ";;" => {
                while !open.is_empty() {
                    close(&mut open, &mut tokens, part);
                }
                parts[part].extend(tokens.drain(..));
                part = 1;
                continue;
            }
            other => {
                tokens.extend(word(other));
                continue;
            }
        };
        open.push((delimiter, std::mem::take(&mut tokens)));
    }
    while !open.is_empty() {
        close(&mut open, &mut tokens, part);
    }
    parts[part].extend(tokens);
    let [args, item] = parts;
    (args, item)
}

/// The tokens in a row, brackets included.
fn flat(tokens: TokenStream) -> Vec<String> {
    let mut row = Vec::new();
    for tree in tokens {
        match tree {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::None => ("", ""),
                };
                row.push(open.to_owned());
                row.extend(flat(group.stream()));
                row.push(close.to_owned());
            }
            tree => row.push(tree.to_string()),
        }
    }
    row.retain(|token| !token.is_empty());
    row
}

fn contains(row: &[String], part: &[String]) -> bool {
    part.is_empty() || row.windows(part.len()).any(|window| window == part)
}

/// The item without the attributes at its start.
fn without_attributes(row: &[String]) -> &[String] {
    let mut rest = row;
    while let [hash, bracket, ..] = rest
        && hash == "#"
        && bracket == "["
    {
        let mut depth = 0;
        let end = rest.iter().position(|token| {
            match token.as_str() {
                "(" | "[" | "{" => depth += 1,
                ")" | "]" | "}" => depth -= 1,
                _ => return false,
            }
            depth == 0
        });
        let Some(end) = end else { return rest };
        rest = &rest[end + 1..];
    }
    rest
}

/// Expands the input, and panics if the macros do or break a promise.
pub fn check(bytes: &[u8]) -> Seen {
    let Some((macro_number, bytes)) = bytes.split_first() else {
        return Seen::default();
    };
    let (args, item) = read(bytes);
    // `use Self::IRQS;` parses for the compiler, which then says what is wrong with
    // it, and does not for `syn`.
    let parses_for_syn = !flat(args.clone()).iter().any(|word| word == "Self");
    let input = format!("args: {args}\nitem: {item}");
    let output = match macro_number % 3 {
        0 => handler::event_handler(args, &item, &Place),
        1 => table::handler_table(args, &item, &Place),
        _ => require::require(args),
    };

    let row = flat(output.clone());
    let refused = row.iter().any(|token| token == "compile_error");
    let written = flat(item.clone());
    match macro_number % 3 {
        // The function stays, whatever is wrong. Only with its attributes may
        // there be something wrong as well.
        0 => assert!(
            contains(&row, &written) || refused && contains(&row, without_attributes(&written)),
            "the item is lost\n{input}\noutput: {output}"
        ),
        // The static gets a value before its last token.
        1 => assert!(
            refused || contains(&row, &written[..written.len().saturating_sub(1)]),
            "the static is lost\n{input}\noutput: {output}"
        ),
        _ => {}
    }

    // The compiler passes nothing but items.
    let is_item = macro_number % 3 == 2 || syn::parse2::<syn::Item>(item).is_ok();
    if is_item && !refused && parses_for_syn {
        let parsed = syn::parse2::<syn::File>(output.clone());
        if let Err(error) = parsed {
            panic!("the expansion does not parse: {error}\n{input}\noutput: {output}");
        }
    }
    Seen {
        items: u64::from(is_item),
        expanded: u64::from(is_item && !refused),
        refused: u64::from(is_item && refused),
    }
}

/// The bytes of an input that is written in the words, for the seeds.
pub fn encode(macro_number: u8, text: &str) -> Vec<u8> {
    let place = |word: &str| {
        let place = WORDS.iter().position(|known| *known == word);
        u8::try_from(place.unwrap_or_else(|| panic!("no such word: {word}"))).expect("few words")
    };
    let words = text.split_whitespace().map(place);
    std::iter::once(macro_number).chain(words).collect()
}
