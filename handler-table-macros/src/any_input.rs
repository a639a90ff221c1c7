//! What the macros promise for any input: they do not panic, the function that they are
//! on stays in the program, and the result either parses or is an error message.
//!
//! An input is bytes. The first chooses a macro; the others are words of [`WORDS`], by
//! their place in it. Here they are made from [`SEEDS`]; `tests/fuzz` has libFuzzer make
//! them.

use crate::handler::event_handler;
use crate::names::Environment;
use crate::require::require;
use crate::table::handler_table;
use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use std::mem;

/// Brackets open and close; `;;` parts the arguments from the item; the rest are
/// pieces of Rust.
#[rustfmt::skip]
const WORDS: &[&str] = &[
    ";;", "(", ")", "[", "]", "{", "}", "⟨", "⟩", ",", ";", ":", "::", "=", "==", "=>", "->",
    "-", "<", ">", ">>", "&", "&&", "'a", "#", "!", "...", ".", "*", "+", "|", "?", "@", "$",
    "_", "fn", "static", "mut", "pub", "crate", "unsafe", "safe", "extern", "async", "const",
    "impl", "dyn", "self", "Self", "super", "where", "for", "struct", "mod", "type", "use",
    "as", "if", "let", "return", "in", "event_handler", "handler_table", "cfg", "cfg_attr",
    "test", "doc", "T", "N", "F", "IRQS", "kernel", "uart", "frame", "Frame", "HandlerTable",
    "usize", "u8", "bool", "r#fn", "r#uart", "UART", "UART_", "LOAD", "ENTRY", "core", "concat",
    "Some", "0", "1", "3", "0x3", "3usize", "3u8", "3.0", "18446744073709551616", "\"3\"",
    "\"C\"", "'c'", "b\"x\"", "c\"x\"", "true", "1_000",
    "340282366920938463463374607431768211456u128", "\"crate\"", "a", "b",
];

const HANDLER: u8 = 0;
const TABLE: u8 = 1;

/// What is known of an input.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seen {
    /// No item, as the compiler never passes to an attribute.
    NoItem,
    Expanded,
    /// Answered with an error.
    Refused,
}

struct Place;

impl Environment for Place {
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

    fn repeated(&self, _: u64) -> u64 {
        0
    }
}

thread_local! {
    /// The tokens of each word. None for a bracket.
    static TOKENS: Vec<Option<Vec<TokenTree>>> = WORDS
        .iter()
        .map(|word| Some(word.parse::<TokenStream>().ok()?.into_iter().collect()))
        .collect();
}

type Open = Vec<(Delimiter, Vec<TokenTree>)>;

/// Closes the innermost bracket.
fn close(open: &mut Open, tokens: &mut Vec<TokenTree>, is_item: bool) {
    if let Some((delimiter, before)) = open.pop() {
        let inner: TokenStream = mem::replace(tokens, before).into_iter().collect();
        // Nothing, in invisible brackets, is an absent visibility; which no argument has.
        if is_item || delimiter != Delimiter::None || !inner.is_empty() {
            tokens.push(Group::new(delimiter, inner).into());
        }
    }
}

/// Arguments and an item.
fn read(bytes: &[u8]) -> [TokenStream; 2] {
    let mut parts = [TokenStream::new(), TokenStream::new()];
    let mut is_item = false;
    let mut open = Open::new();
    let mut tokens = Vec::new();
    for byte in bytes {
        let at = usize::from(*byte) % WORDS.len();
        let delimiter = match WORDS[at] {
            "(" => Delimiter::Parenthesis,
            "[" => Delimiter::Bracket,
            "{" => Delimiter::Brace,
            "⟨" => Delimiter::None,
            ")" | "]" | "}" | "⟩" => {
                close(&mut open, &mut tokens, is_item);
                continue;
            }
            ";;" => {
                while !open.is_empty() {
                    close(&mut open, &mut tokens, is_item);
                }
                parts[usize::from(is_item)].extend(tokens.drain(..));
                is_item = true;
                continue;
            }
            _ => {
                TOKENS.with(|words| tokens.extend(words[at].clone().expect("a word")));
                continue;
            }
        };
        open.push((delimiter, mem::take(&mut tokens)));
    }
    while !open.is_empty() {
        close(&mut open, &mut tokens, is_item);
    }
    parts[usize::from(is_item)].extend(tokens);
    parts
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
pub(crate) fn check(bytes: &[u8]) -> Seen {
    let Some((macro_number, bytes)) = bytes.split_first() else {
        return Seen::NoItem;
    };
    let [args, item] = read(bytes);
    // `use Self::IRQS;` parses for the compiler, which then says what is wrong with
    // it, and does not for `syn`.
    let parses_for_syn = !flat(args.clone()).iter().any(|word| word == "Self");
    let input = format!("args: {args}\nitem: {item}");
    let output = match macro_number % 3 {
        HANDLER => event_handler(args, &item, &Place),
        TABLE => handler_table(args, &item, &Place),
        _ => require(args, &Place),
    };

    let row = flat(output.clone());
    let is_refused = row.iter().any(|token| token == "compile_error");
    let written = flat(item.clone());
    match macro_number % 3 {
        // The function stays, whatever is wrong. Only with its attributes may
        // there be something wrong as well.
        HANDLER => assert!(
            contains(&row, &written) || is_refused && contains(&row, without_attributes(&written)),
            "the item is lost\n{input}\noutput: {output}"
        ),
        // The static gets a value before its last token.
        TABLE => assert!(
            is_refused || contains(&row, &written[..written.len().saturating_sub(1)]),
            "the static is lost\n{input}\noutput: {output}"
        ),
        _ => {}
    }

    // The compiler passes nothing but items.
    let is_item = macro_number % 3 > TABLE || syn::parse2::<syn::Item>(item).is_ok();
    if !is_item {
        return Seen::NoItem;
    }
    if is_refused {
        return Seen::Refused;
    }
    if parses_for_syn && let Err(error) = syn::parse2::<syn::File>(output.clone()) {
        panic!("the expansion does not parse: {error}\n{input}\noutput: {output}");
    }
    Seen::Expanded
}

#[cfg(test)]
mod tests {
    use super::{HANDLER, Seen, TABLE, WORDS, check};
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::{Index, select};
    use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
    use std::cell::Cell;

    const REQUIRE: u8 = 2;

    const SEEDS: &[(u8, &str)] = &[
        (HANDLER, r"IRQS , 3 ;; fn uart ( ) { }"),
        (
            HANDLER,
            r#"kernel :: IRQS , 0x3 ;; # [ doc = "3" ] pub ( crate ) unsafe extern "C" fn uart < 'a > ( frame : & 'a mut Frame , _ : u8 ) -> bool where { true }"#,
        ),
        (
            HANDLER,
            r#"crate :: IRQS , kernel :: T as usize , crate = kernel :: core ;; # [ cfg ( test ) ] # [ cfg_attr ( test , cfg ( a ) , doc = "3" ) ] # [ event_handler ( T , 1 ) ] pub fn r#uart ( ) { }"#,
        ),
        (
            HANDLER,
            r"IRQS , { T :: < { 3 } , 1 > :: N } ;; const fn uart ( a : fn ( u8 ) -> bool ) { let _ = a ; }",
        ),
        (HANDLER, r"3 , IRQS ;; fn uart ( ) { }"),
        (
            HANDLER,
            r"IRQS , 3u8 , 1 , a = b ;; async fn uart < T , const N : usize > ( & 'a mut self , a : impl F , ... ) -> impl T { }",
        ),
        (
            HANDLER,
            r#"IRQS , "3" ;; # [ event_handler ( T , 1 ) ] struct uart ;"#,
        ),
        (HANDLER, r"⟨ IRQS ⟩ , ⟨ 3 ⟩ ;; ⟨ pub ⟩ fn uart ( ) ⟨ { } ⟩"),
        (HANDLER, r"IRQS , - 1 ;; fn uart ( a : u8 ) ;"),
        (TABLE, r";; static IRQS : HandlerTable < 3 > ;"),
        (
            TABLE,
            r#"crate = kernel ;; # [ cfg ( test ) ] pub static IRQS : kernel :: HandlerTable < { N } , for < 'a > unsafe extern "C" fn ( & 'a mut Frame ) -> bool > ;"#,
        ),
        (TABLE, r";; pub ( in crate :: kernel ) static LOAD : T ;"),
        (
            TABLE,
            r"3 ;; static mut IRQS : HandlerTable < 3 , u8 > = 0 ;",
        ),
        (
            TABLE,
            r";; ⟨ pub ⟩ static IRQS : ⟨ HandlerTable < 3 , ⟨ fn ( ) ⟩ > ⟩ ;",
        ),
        (TABLE, r";; fn uart ( ) { }"),
        (REQUIRE, r"IRQS , 1 , 0x3 , 3usize , crate = kernel"),
        (REQUIRE, r"kernel :: IRQS , N , 3.0 , 18446744073709551616"),
        (REQUIRE, r""),
    ];

    fn bytes((macro_number, text): (u8, &str)) -> Vec<u8> {
        let place = |word| {
            let place = WORDS.iter().position(|known| *known == word);
            u8::try_from(place.unwrap_or_else(|| panic!("no such word: {word}")))
                .expect("few words")
        };
        let words = text.split_whitespace().map(place);
        std::iter::once(macro_number).chain(words).collect()
    }

    /// One of the seeds, with some of its words changed, left out, or taken from
    /// another; or any words.
    fn input() -> impl Strategy<Value = Vec<u8>> {
        let seed = || select(SEEDS).prop_map(bytes);
        let change = (
            0..4_usize,
            any::<u8>(),
            any::<[Index; 2]>(),
            0..6_usize,
            seed(),
        );
        let changed = (seed(), vec(change, 0..4)).prop_map(|(mut input, changes)| {
            for (kind, byte, [at, from], length, other) in changes {
                let at = at.index(input.len());
                match kind {
                    0 => input[at] = byte,
                    1 => input.insert(at, byte),
                    2 if input.len() > 1 => drop(input.remove(at)),
                    _ => {
                        let from = from.index(other.len());
                        let end = (from + length).min(other.len());
                        input.splice(at..at, other[from..end].iter().copied());
                    }
                }
            }
            input
        });
        prop_oneof![7 => changed, 1 => vec(any::<u8>(), 0..40)]
    }

    /// The same inputs on each run; `PROPTEST_CASES` says how many.
    #[test]
    fn any_input_keeps_the_promises() {
        let cases = std::env::var("PROPTEST_CASES").ok();
        let cases = cases.and_then(|cases| cases.parse().ok()).unwrap_or(4_000);
        let config = Config {
            cases,
            failure_persistence: None,
            ..Config::default()
        };
        let random = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
        let (expanded, refused) = (Cell::new(0), Cell::new(0));
        let result = TestRunner::new_with_rng(config, random).run(&input(), |input| {
            let count = match check(&input) {
                Seen::NoItem => return Ok(()),
                Seen::Expanded => &expanded,
                Seen::Refused => &refused,
            };
            count.set(count.get() + 1);
            Ok(())
        });
        if let Err(error) = result {
            panic!("{error}");
        }
        // Otherwise there is something to parse, or to complain about, too rarely.
        let enough = cases / 20;
        let counts = (expanded.get(), refused.get());
        assert!(
            counts.0 > enough && counts.1 > enough,
            "{counts:?} of {cases}"
        );
    }
}
