//! The code of a crate without its tests: where an item is, and what it says. An item
//! is found by its name, wherever it is, so that moving it changes nothing here.

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use quote::ToTokens;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Attribute, ImplItem, Meta, Token, TraitItem, Type};

/// What the crate is compiled from, file by file.
pub(crate) struct Crate {
    pub(crate) files: Vec<File>,
}

pub(crate) struct File {
    pub(crate) path: PathBuf,
    /// Where it is in the crate: nothing for the root, `["action", "list"]` for
    /// `crate::action::list`.
    pub(crate) module: Vec<String>,
    pub(crate) items: Vec<Item>,
    /// All items but modules, each with how many modules of this file it is in.
    pub(crate) tokens: Vec<(usize, TokenStream)>,
    /// The modules that are declared here and are files of their own.
    pub(crate) modules: Vec<String>,
}

/// A function, a method (`Slot::put`), a type, a constant, or a macro (`table!`).
pub(crate) struct Item {
    pub(crate) name: String,
    pub(crate) is_const: bool,
    pub(crate) tokens: TokenStream,
}

impl Crate {
    /// Reads a crate from its `src`, by its `mod` declarations, but for what is compiled
    /// for tests only.
    pub(crate) fn read(src: &Path) -> Result<Self, String> {
        Self::read_by(src, &|path| fs::read_to_string(path).ok())
    }

    /// Reads a crate whose files `read` has.
    pub(crate) fn read_by(src: &Path, read: &Reader<'_>) -> Result<Self, String> {
        let mut files = Vec::new();
        read_file(src, &src.join("lib.rs"), &[], read, &mut files)?;
        Ok(Crate { files })
    }

    pub(crate) fn items(&self) -> impl Iterator<Item = (&File, &Item)> {
        let files = self.files.iter();
        files.flat_map(|file| file.items.iter().map(move |item| (file, item)))
    }

    /// The places in the items of this name that say this.
    pub(crate) fn find(&self, name: &str, code: &str) -> Vec<(&File, Range<usize>)> {
        let code: TokenStream = code.parse().unwrap_or_default();
        let part = flat(&code);
        let mut found = Vec::new();
        for (file, item) in self.items().filter(|(_, item)| item.name == name) {
            let row = flat(&item.tokens);
            for window in row.windows(part.len().max(1)) {
                let is_it = window
                    .iter()
                    .map(|token| &token.text)
                    .eq(part.iter().map(|token| &token.text));
                if let (true, Some(first), Some(last)) = (is_it, window.first(), window.last()) {
                    found.push((file, first.range().start..last.range().end));
                }
            }
        }
        found
    }
}

/// The text of a file, if there is one.
pub(crate) type Reader<'a> = dyn Fn(&Path) -> Option<String> + 'a;

fn read_file(
    directory: &Path,
    path: &Path,
    module: &[String],
    read: &Reader<'_>,
    files: &mut Vec<File>,
) -> Result<(), String> {
    let text = read(path).ok_or_else(|| format!("there is no {}", path.display()))?;
    let parsed = syn::parse_file(&text).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut file = File {
        path: path.to_owned(),
        module: module.to_vec(),
        items: Vec::new(),
        tokens: Vec::new(),
        modules: Vec::new(),
    };
    walk(parsed.items, 0, &mut file);
    let modules = file.modules.clone();
    files.push(file);
    for name in modules {
        let inner = directory.join(&name);
        let path = inner.with_extension("rs");
        let mut module = module.to_vec();
        module.push(name);
        read_file(&inner, &path, &module, read, files)?;
    }
    Ok(())
}

fn walk(items: Vec<syn::Item>, depth: usize, file: &mut File) {
    for item in items {
        if is_for_tests(&item) {
            continue;
        }
        let mut add = |name: String, is_const, tokens: &dyn ToTokens| {
            file.items.push(Item {
                name,
                is_const,
                tokens: tokens.to_token_stream(),
            });
        };
        match item {
            syn::Item::Mod(module) => match module.content {
                None => file.modules.push(module.ident.to_string()),
                Some((_, items)) => walk(items, depth + 1, file),
            },
            syn::Item::Impl(mut block) => {
                block.items.retain(|inner| !is_for_tests(inner));
                file.tokens.push((depth, block.to_token_stream()));
                let owner = match &*block.self_ty {
                    Type::Path(ty) => ty.path.segments.last().map(|last| last.ident.to_string()),
                    _ => None,
                };
                let owner = owner.unwrap_or_default();
                for inner in block.items {
                    match inner {
                        ImplItem::Fn(it) => add(format!("{owner}::{}", it.sig.ident), false, &it),
                        ImplItem::Const(it) => add(format!("{owner}::{}", it.ident), true, &it),
                        _ => {}
                    }
                }
            }
            item => {
                file.tokens.push((depth, item.to_token_stream()));
                match item {
                    syn::Item::Fn(it) => add(it.sig.ident.to_string(), false, &it),
                    syn::Item::Struct(it) => add(it.ident.to_string(), false, &it),
                    syn::Item::Const(it) => add(it.ident.to_string(), true, &it),
                    syn::Item::Static(it) => add(it.ident.to_string(), true, &it),
                    syn::Item::Trait(it) => {
                        for inner in it.items {
                            if let TraitItem::Fn(inner) = inner {
                                add(format!("{}::{}", it.ident, inner.sig.ident), false, &inner);
                            }
                        }
                    }
                    syn::Item::Macro(it) => {
                        if let Some(name) = &it.ident {
                            add(format!("{name}!"), false, &it);
                        }
                    }
                    _ => {}
                }
            }
        }
    }
}

/// Whether an item has a `#[cfg]` that no build but one for tests meets.
fn is_for_tests(item: &impl ToTokens) -> bool {
    let attributes = |input: ParseStream<'_>| {
        let attributes = Attribute::parse_outer(input)?;
        let _rest: TokenStream = input.parse()?;
        Ok(attributes)
    };
    let attributes = attributes.parse2(item.to_token_stream());
    attributes.unwrap_or_default().iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute
                .parse_args::<Meta>()
                .is_ok_and(|condition| without_tests(&condition) == Some(false))
    })
}

/// What a `cfg` condition is in a build that is not for tests, if that is known.
fn without_tests(condition: &Meta) -> Option<bool> {
    let Meta::List(list) = condition else {
        return condition.path().is_ident("test").then_some(false);
    };
    let inner = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated);
    let inner: Vec<_> = inner.ok()?.iter().map(without_tests).collect();
    // One of these decides, or all agree.
    let decided_by = |value: bool| {
        if inner.contains(&Some(value)) {
            Some(value)
        } else if inner.iter().all(Option::is_some) {
            Some(!value)
        } else {
            None
        }
    };
    if list.path.is_ident("all") {
        decided_by(false)
    } else if list.path.is_ident("any") {
        decided_by(true)
    } else {
        inner.first().copied().flatten().map(|value| !value)
    }
}

/// One token; a bracket is two.
pub(crate) struct Flat {
    pub(crate) text: String,
    pub(crate) span: Span,
}

impl Flat {
    pub(crate) fn range(&self) -> Range<usize> {
        self.span.byte_range()
    }
}

/// The tokens in a row.
pub(crate) fn flat(tokens: &TokenStream) -> Vec<Flat> {
    fn add(tokens: TokenStream, row: &mut Vec<Flat>) {
        for tree in tokens {
            let TokenTree::Group(group) = &tree else {
                let (text, span) = (tree.to_string(), tree.span());
                row.push(Flat { text, span });
                continue;
            };
            let (open, close) = match group.delimiter() {
                Delimiter::Parenthesis => ("(", ")"),
                Delimiter::Brace => ("{", "}"),
                Delimiter::Bracket => ("[", "]"),
                Delimiter::None => ("", ""),
            };
            row.push(Flat {
                text: open.to_owned(),
                span: group.span_open(),
            });
            add(group.stream(), row);
            row.push(Flat {
                text: close.to_owned(),
                span: group.span_close(),
            });
        }
    }
    let mut row = Vec::new();
    add(tokens.clone(), &mut row);
    row
}

/// An ordering of an atomic operation.
pub(crate) struct Site<'a> {
    pub(crate) file: &'a File,
    pub(crate) item: &'a Item,
    pub(crate) line: usize,
    /// Of the ordering's name, in the text of the file.
    pub(crate) range: Range<usize>,
    pub(crate) ordering: String,
    /// What it is the ordering of.
    pub(crate) kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Load,
    Store,
    Fence,
    ReadModifyWrite,
}

impl Crate {
    /// Every `Ordering::…` of an atomic operation. A constant is of the operation that
    /// it is passed to.
    pub(crate) fn orderings(&self) -> Result<Vec<Site<'_>>, String> {
        let mut sites = Vec::new();
        for (file, item) in self.items() {
            let mut uses = Vec::new();
            arguments(&item.tokens, None, &mut uses);
            for (name, call) in uses {
                let ordering = name.to_string();
                let kind = match call {
                    _ if item.is_const => self.uses_of(&item.name),
                    Some(call) => kind(&call),
                    None => None,
                };
                let kind = kind.ok_or_else(|| {
                    let path = file.path.display();
                    format!("{path}: the {ordering} in `{}`: of what?", item.name)
                })?;
                sites.push(Site {
                    file,
                    item,
                    line: name.span().start().line,
                    range: name.span().byte_range(),
                    ordering,
                    kind,
                });
            }
        }
        Ok(sites)
    }

    /// What a constant is passed to.
    fn uses_of(&self, constant: &str) -> Option<Kind> {
        self.items().find_map(|(_, item)| {
            let row = flat(&item.tokens);
            let at = row.windows(2).position(|pair| {
                ["(", ","].contains(&&*pair[0].text) && pair[1].text == constant
            })?;
            // The call that it is an argument of.
            let mut depth = 0;
            let open = row[..=at].iter().rposition(|token| {
                match &*token.text {
                    ")" | "]" | "}" => depth += 1,
                    "(" | "[" | "{" if depth > 0 => depth -= 1,
                    "(" => return true,
                    _ => {}
                }
                false
            })?;
            kind(&(row.get(open.checked_sub(1)?)?.text.clone(), 0))
        })
    }
}

/// The function that something is an argument of, and how many follow it.
type Argument = (String, usize);

fn kind((call, following): &Argument) -> Option<Kind> {
    Some(match (&**call, following) {
        // That of a failure.
        ("compare_exchange" | "compare_exchange_weak", 0) | ("fetch_update", 1) | ("load", _) => {
            Kind::Load
        }
        ("store", _) => Kind::Store,
        ("fence" | "compiler_fence", _) => Kind::Fence,
        ("swap" | "compare_exchange" | "compare_exchange_weak", _) => Kind::ReadModifyWrite,
        (other, _) if other.starts_with("fetch_") => Kind::ReadModifyWrite,
        _ => return None,
    })
}

/// Each name of an ordering that `Ordering::` is before, with the call that it is an
/// argument of.
fn arguments(
    tokens: &TokenStream,
    call: Option<&str>,
    found: &mut Vec<(proc_macro2::Ident, Option<Argument>)>,
) {
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let word = |at: usize| match trees.get(at) {
        Some(TokenTree::Ident(word)) => Some(word.to_string()),
        _ => None,
    };
    for (at, tree) in trees.iter().enumerate() {
        match tree {
            TokenTree::Group(group) => {
                let name = at.checked_sub(1).and_then(word);
                let call = match group.delimiter() {
                    Delimiter::Parenthesis => name.as_deref(),
                    _ => None,
                };
                arguments(&group.stream(), call, found);
            }
            TokenTree::Ident(name)
                if at >= 3
                    && word(at - 3).is_some_and(|word| word == "Ordering")
                    && ORDERINGS.contains(&&*name.to_string()) =>
            {
                let rest = &trees[at + 1..];
                let is_comma =
                    |tree: &TokenTree| matches!(tree, TokenTree::Punct(it) if it.as_char() == ',');
                // But for a comma at the end.
                let commas = rest.iter().filter(|tree| is_comma(tree)).count();
                let following = commas - usize::from(rest.last().is_some_and(is_comma));
                found.push((name.clone(), call.map(|call| (call.to_owned(), following))));
            }
            _ => {}
        }
    }
}

pub(crate) const ORDERINGS: [&str; 5] = ["Relaxed", "Release", "Acquire", "AcqRel", "SeqCst"];

/// What is one step weaker, and can be.
pub(crate) fn weaker(ordering: &str, kind: Kind) -> &'static [&'static str] {
    match (ordering, kind) {
        ("SeqCst", Kind::Load) => &["Acquire"],
        ("SeqCst", Kind::Store) => &["Release"],
        ("SeqCst", _) => &["AcqRel"],
        ("AcqRel", _) => &["Acquire", "Release"],
        // A fence must order something: it would have to go.
        (_, Kind::Fence) => &[],
        ("Acquire" | "Release", _) => &["Relaxed"],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::without_tests;

    #[test]
    fn conditions_of_tests_are_told_from_others() {
        let value = |text: &str| without_tests(&syn::parse_str(text).unwrap());
        assert_eq!(value("test"), Some(false));
        assert_eq!(value("all(test, loom)"), Some(false));
        assert_eq!(value("not(all(test, loom))"), Some(true));
        assert_eq!(value("any(test, unix)"), None);
        assert_eq!(value("not(all(unix, not(all(test, loom))))"), None);
        assert_eq!(value("target_arch = \"x86\""), None);
    }
}
