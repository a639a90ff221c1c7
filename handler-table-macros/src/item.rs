//! The item below an attribute: the header of a function or of a static. The rest
//! stays tokens.

use crate::tokens::{
    Errors, contains_word, ends_arrow, error_on, find_word, is_group, is_punct, is_word,
    split_commas, ungroup,
};
use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};

/// A function that can be a handler.
pub(crate) struct Function {
    pub(crate) name: Ident,
    /// The type of its second argument, if it has one.
    pub(crate) context: Option<TokenStream>,
    /// `#[allow(deprecated)]`, if the function is deprecated or has it itself.
    pub(crate) allowed: Option<TokenStream>,
    /// Its `#[cfg(…)]` attributes.
    pub(crate) conditions: TokenStream,
}

/// What the name of a table's type tells.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `HandlerTable`
    Functions,
    /// `ActionTable`
    Actions,
    /// Another name, for one of the two.
    #[default]
    Alias,
}

/// A static that can be a table.
pub(crate) struct Static {
    /// Attributes, visibility and `static`, up to the name.
    pub(crate) head: Vec<TokenTree>,
    pub(crate) visibility: TokenStream,
    pub(crate) name: Ident,
    pub(crate) ty: TokenStream,
    /// The type of handler, if the type of the static spells it out.
    pub(crate) handler: Option<TokenStream>,
    /// The type of events, if the type of the static spells it out and it is not `Number`.
    pub(crate) events: Option<TokenStream>,
    pub(crate) kind: Kind,
    pub(crate) semicolon: TokenTree,
    /// `#[allow(deprecated)]`, if the static is deprecated or has it itself.
    pub(crate) allowed: Option<TokenStream>,
    /// Its `#[cfg(…)]` attributes.
    pub(crate) conditions: TokenStream,
}

/// Reads a function, or says why it cannot be a handler: every reason at once,
/// each on its own token.
pub(crate) fn function(item: &TokenStream, errors: &mut Errors) -> Option<Function> {
    let trees: Vec<TokenTree> = ungroup(item.clone()).into_iter().collect();
    let (attributes, rest) = trees.split_at(attributes_end(&trees));
    let (_, rest) = rest.split_at(visibility_end(rest));

    let qualifiers = rest
        .iter()
        .position(|tree| !is_qualifier(tree))
        .unwrap_or(rest.len());
    if !is_word(rest.get(qualifiers), "fn") {
        errors.push(not_a_function(item, rest));
        return None;
    }
    let (qualifiers, rest) = rest.split_at(qualifiers);
    let Some(TokenTree::Ident(name)) = rest.get(1) else {
        errors.push(error_on(item, "expected a function with a name"));
        return None;
    };
    let (generics, rest) = rest[2..].split_at(generics_end(&rest[2..]));
    let Some((TokenTree::Group(arguments), rest)) = rest.split_first() else {
        errors.push(error_on(name, "expected a function with arguments"));
        return None;
    };

    let before = errors.count();
    for word in find_word(&qualifiers.iter().cloned().collect(), "async") {
        errors.push(error_on(
            word,
            "a handler runs to its end when its event comes, and nothing would poll the future of \
             an `async fn`: make it a plain `fn` that wakes the task",
        ));
    }
    check_generics(name, generics, errors);
    check_arguments(arguments, errors);
    check_rest(name, rest, errors);
    (errors.count() == before).then(|| Function {
        name: name.clone(),
        context: second_type(arguments.stream()),
        allowed: allowed(attributes),
        conditions: conditions(attributes),
    })
}

/// The type of the second argument: what is behind the first `:` that is not half a `::`.
fn second_type(arguments: TokenStream) -> Option<TokenStream> {
    let is_comma = |tree: &TokenTree| is_punct(Some(tree), ',');
    let trees: Vec<TokenTree> = arguments.into_iter().collect();
    let trees = trees.get(outside_generics(&trees, is_comma) + 1..)?;
    let trees = &trees[..outside_generics(trees, is_comma)];
    let is_colon = |at: usize| is_punct(trees.get(at), ':');
    let colon = (0..trees.len()).find(|&at| {
        let after_colon = at > 0 && is_colon(at - 1);
        is_colon(at) && !is_colon(at + 1) && !after_colon
    });
    Some(trees[colon? + 1..].iter().cloned().collect())
}

/// Reads a static without a value, and says what is wrong with it. The error is
/// what to leave in the program instead, so that the compiler does not repeat
/// the complaint.
pub(crate) fn declaration(item: &TokenStream, errors: &mut Errors) -> Result<Static, TokenStream> {
    let trees: Vec<TokenTree> = ungroup(item.clone()).into_iter().collect();
    let (attributes, rest) = trees.split_at(attributes_end(&trees));
    let (visibility, rest) = rest.split_at(visibility_end(rest));
    let [keyword, rest @ .., semicolon] = rest else {
        errors.push(error_on(item, "expected a `static`"));
        return Err(item.clone());
    };
    if !is_word(Some(keyword), "static") {
        errors.push(error_on(
            keyword,
            "expected a `static`, for example `static IRQS: HandlerTable<256>;`",
        ));
        return Err(item.clone());
    }
    let rest = match rest.split_first() {
        Some((word, rest)) if is_word(Some(word), "mut") => {
            errors.push(error_on(
                word,
                "a table is changed through shared references: write `static` without `mut`",
            ));
            rest
        }
        _ => rest,
    };
    let [TokenTree::Ident(name), colon, ty @ ..] = rest else {
        errors.push(error_on(
            keyword,
            "expected a `static` with a name and a type",
        ));
        return Err(item.clone());
    };
    if !is_punct(Some(colon), ':') || !is_punct(Some(semicolon), ';') {
        errors.push(error_on(
            name,
            "expected a type after the name, for example `HandlerTable<256>`",
        ));
        return Err(item.clone());
    }
    let (ty, value) = ty.split_at(type_end(ty));
    if !value.is_empty() {
        errors.push(error_on(
            quote!(#(#value)*),
            "a table starts out empty: write `;` after its type",
        ));
    }
    let head = attributes.iter().chain(visibility).chain([keyword]);
    let head: Vec<TokenTree> = head.cloned().collect();
    let ty: TokenStream = ty.iter().cloned().collect();
    match table_type(name, &ty) {
        Ok(TableType {
            kind,
            handler,
            events,
        }) => Ok(Static {
            head,
            visibility: visibility.iter().cloned().collect(),
            name: name.clone(),
            ty,
            handler,
            events,
            kind,
            semicolon: semicolon.clone(),
            allowed: allowed(attributes),
            conditions: conditions(attributes),
        }),
        Err(error) => {
            errors.push(error);
            // A static of that name, with neither that type nor a value.
            let ours = Span::mixed_site();
            Err(quote_spanned!(ours=> unsafe extern "Rust" { #(#head)* #name: (); }))
        }
    }
}

/// The item without its other `#[event_handler]` attributes, which would say
/// once more what is wrong with it.
pub(crate) fn without_event_handlers(item: &TokenStream) -> TokenStream {
    let trees: Vec<TokenTree> = ungroup(item.clone()).into_iter().collect();
    let (attributes, rest) = trees.split_at(attributes_end(&trees));
    let is_ours = |attribute: &TokenTree| match attribute {
        TokenTree::Group(group) => {
            let name = group
                .stream()
                .into_iter()
                .filter(|tree| matches!(tree, TokenTree::Ident(_)))
                .last();
            is_word(name.as_ref(), "event_handler")
        }
        _ => false,
    };
    let kept = attributes
        .chunks_exact(2)
        .filter(|attribute| !is_ours(&attribute[1]));
    kept.flatten().chain(rest).cloned().collect()
}

/// The length of the attributes at the start: `#` and a bracket each.
pub(crate) fn attributes_end(trees: &[TokenTree]) -> usize {
    2 * trees
        .chunks_exact(2)
        .take_while(|pair| is_punct(pair.first(), '#') && is_group(&pair[1], Delimiter::Bracket))
        .count()
}

/// The length of `pub`, `pub(…)` or what a `macro_rules!` passes as `$vis`.
pub(crate) fn visibility_end(trees: &[TokenTree]) -> usize {
    match trees.first() {
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::None => 1,
        Some(TokenTree::Ident(word)) if word == "pub" => match trees.get(1) {
            Some(tree) if is_group(tree, Delimiter::Parenthesis) => 2,
            _ => 1,
        },
        _ => 0,
    }
}

/// The length of `<…>` at the start, if there is one.
fn generics_end(trees: &[TokenTree]) -> usize {
    outside_generics(trees, |tree| !is_punct(Some(tree), '<'))
}

/// The length of a type, up to an `=`.
fn type_end(trees: &[TokenTree]) -> usize {
    outside_generics(trees, |tree| is_punct(Some(tree), '='))
}

/// The index of the first such token outside angle brackets; or the length.
fn outside_generics(trees: &[TokenTree], stop: impl Fn(&TokenTree) -> bool) -> usize {
    let mut depth = 0_usize;
    for (at, tree) in trees.iter().enumerate() {
        if depth == 0 && stop(tree) {
            return at;
        }
        if is_punct(Some(tree), '<') {
            depth += 1;
        } else if is_punct(Some(tree), '>') && !ends_arrow(&trees[..at]) {
            depth = depth.saturating_sub(1);
        }
    }
    trees.len()
}

/// What may precede `fn`: words, and the name of an ABI.
fn is_qualifier(tree: &TokenTree) -> bool {
    match tree {
        TokenTree::Ident(word) => ["const", "async", "unsafe", "safe", "extern"]
            .iter()
            .any(|known| word == known),
        TokenTree::Literal(_) => true,
        _ => false,
    }
}

fn not_a_function(item: &TokenStream, rest: &[TokenTree]) -> syn::Error {
    let keyword = rest.iter().find(|tree| !is_word(Some(tree), "unsafe"));
    let message = if is_word(keyword, "static") {
        "only a function can be an event handler; a closure or a function pointer goes in with \
         `register` at run time, and a table is declared with `#[handler_table]`"
    } else {
        "only a function can be an event handler; a closure or a function pointer goes in with \
         `register` at run time"
    };
    let keyword = keyword.map_or(item.clone(), ToTokens::to_token_stream);
    error_on(keyword, message)
}

/// Whether the item is a function.
pub(crate) fn is_function(item: &TokenStream) -> bool {
    keyword(item).is_some_and(|keyword| is_word(Some(&keyword), "fn"))
}

/// Whether the item is a static without a value, which is no Rust without our attribute.
pub(crate) fn is_static_without_value(item: &TokenStream) -> bool {
    let is_static = keyword(item).is_some_and(|keyword| is_word(Some(&keyword), "static"));
    let mut trees = ungroup(item.clone()).into_iter();
    is_static && !trees.any(|tree| is_punct(Some(&tree), '='))
}

/// The first word of the item after its attributes, visibility and qualifiers.
fn keyword(item: &TokenStream) -> Option<TokenTree> {
    let trees: Vec<TokenTree> = ungroup(item.clone()).into_iter().collect();
    let rest = &trees[attributes_end(&trees)..];
    let rest = &rest[visibility_end(rest)..];
    rest.iter().find(|tree| !is_qualifier(tree)).cloned()
}

fn check_generics(name: &Ident, generics: &[TokenTree], errors: &mut Errors) {
    let Some((_, generics)) = generics.split_first() else {
        return;
    };
    let parameters = &generics[..generics.len().saturating_sub(1)];
    let not_a_lifetime = split_commas(parameters.iter().cloned().collect())
        .into_iter()
        .find(|parameter| !is_punct(parameter.clone().into_iter().next().as_ref(), '\''));
    if let Some(parameter) = not_a_lifetime {
        errors.push(error_on(
            parameter,
            format!(
                "a slot holds one function, and a generic one is many: write a handler that calls \
                 `{name}` with the types that it needs"
            ),
        ));
    }
}

fn check_arguments(arguments: &Group, errors: &mut Errors) {
    if let Some(receiver) = receiver(arguments.stream()) {
        errors.push(error_on(
            receiver,
            "a slot stores a plain function pointer, which has no `self`: move the function out \
             of the `impl`",
        ));
    }
    for word in find_word(&arguments.stream(), "impl") {
        errors.push(error_on(
            word,
            "a slot holds one function, and one with an `impl Trait` argument is many: name the \
             type",
        ));
    }
    let trees: Vec<TokenTree> = arguments.stream().into_iter().collect();
    if let Some(dots) = trees
        .windows(3)
        .find(|dots| dots.iter().all(|dot| is_punct(Some(dot), '.')))
    {
        errors.push(error_on(
            quote!(#(#dots)*),
            "a slot cannot hold a variadic function: name every argument, and write a wrapper \
             that passes them on",
        ));
    }
}

/// The `self` of a method.
fn receiver(arguments: TokenStream) -> Option<TokenTree> {
    let trees: Vec<TokenTree> = split_commas(arguments)
        .into_iter()
        .next()?
        .into_iter()
        .collect();
    let mut trees = trees[attributes_end(&trees)..].iter().peekable();
    while let Some(tree) = trees.next() {
        if is_punct(Some(tree), '\'') {
            trees.next();
        } else if is_word(Some(tree), "self") {
            return Some(tree.clone());
        } else if !is_punct(Some(tree), '&') && !is_word(Some(tree), "mut") {
            return None;
        }
    }
    None
}

/// Checks what follows the arguments: the result and the body.
fn check_rest(name: &Ident, rest: &[TokenTree], errors: &mut Errors) {
    let is_body = |last: &TokenTree| {
        // A `macro_rules!` may pass it on as `$body:block`.
        let last = ungroup(last.to_token_stream()).into_iter().next();
        last.is_some_and(|last| is_group(&last, Delimiter::Brace))
    };
    match rest.split_last() {
        Some((last, result)) if is_body(last) => {
            for word in find_word(&result.iter().cloned().collect(), "impl") {
                errors.push(error_on(
                    word,
                    "the type of a table's handlers names their result, and an `impl Trait` has \
                     no name: name the type",
                ));
            }
        }
        _ => errors.push(error_on(
            name,
            "a handler needs a body; for a function that is declared here and defined elsewhere, \
             write a handler that calls it",
        )),
    }
}

/// What keeps the compiler from warning where it is declared that something is
/// deprecated: where it is used is where it matters. And where the user says so for the
/// item, which may use what is deprecated.
fn allowed(attributes: &[TokenTree]) -> Option<TokenStream> {
    let is_allowed = |stream: TokenStream| {
        let mut trees = stream.into_iter();
        match (trees.next(), trees.next()) {
            (name, _) if is_word(name.as_ref(), "deprecated") => true,
            (name, Some(TokenTree::Group(lints))) => {
                let is_level = ["allow", "expect"]
                    .iter()
                    .any(|level| is_word(name.as_ref(), level));
                is_level && contains_word(&lints.stream(), "deprecated")
            }
            _ => false,
        }
    };
    let is_deprecated = attributes.iter().any(|tree| match tree {
        TokenTree::Group(group) => is_allowed(group.stream()),
        _ => false,
    });
    is_deprecated.then(|| quote_spanned!(Span::mixed_site()=> #[allow(deprecated)]))
}

/// The `#[cfg(…)]` attributes among these, and what of `#[cfg_attr(…)]` is one.
pub(crate) fn conditions(attributes: &[TokenTree]) -> TokenStream {
    attributes
        .chunks_exact(2)
        .filter_map(|attribute| match attribute {
            [hash, TokenTree::Group(group)] => {
                let condition = condition(group.stream())?;
                let mut bracket = Group::new(Delimiter::Bracket, condition);
                bracket.set_span(group.span());
                Some(quote!(#hash #bracket))
            }
            _ => None,
        })
        .collect()
}

/// The attribute if it is a `cfg`, or a `cfg_attr` with those of its attributes
/// that are.
fn condition(attribute: TokenStream) -> Option<TokenStream> {
    let mut trees = attribute.clone().into_iter();
    match (trees.next(), trees.next()) {
        (name, Some(TokenTree::Group(_))) if is_word(name.as_ref(), "cfg") => Some(attribute),
        (name, Some(TokenTree::Group(arguments))) if is_word(name.as_ref(), "cfg_attr") => {
            let mut pieces = split_commas(arguments.stream()).into_iter();
            let predicate = pieces.next()?;
            let conditions: Vec<TokenStream> = pieces.filter_map(condition).collect();
            (!conditions.is_empty()).then(|| quote!(#name(#predicate, #(#conditions),*)))
        }
        _ => None,
    }
}

/// What the tokens of a table's type tell.
#[derive(Default)]
struct TableType {
    kind: Kind,
    handler: Option<TokenStream>,
    events: Option<TokenStream>,
}

/// Checks as much of a table's type as can be seen in its tokens; an alias is left to the
/// compiler.
fn table_type(name: &Ident, ty: &TokenStream) -> syn::Result<TableType> {
    let ty = ungroup(ty.clone());
    let Ok(syn::Type::Path(path)) = syn::parse2(ty.clone()) else {
        return Err(error_on(
            if ty.is_empty() {
                name.to_token_stream()
            } else {
                ty
            },
            "the type of a table is `HandlerTable<N, F>`: the number of its slots, and the type \
             of its handlers if it is not `fn()`",
        ));
    };
    let Some(last) = path.path.segments.last() else {
        return Ok(TableType::default());
    };
    let (actions, functions) = (last.ident == "ActionTable", last.ident == "HandlerTable");
    let syn::PathArguments::AngleBracketed(arguments) = &last.arguments else {
        if actions || functions {
            let message = format!("write the number of its slots, as in `{}<256>`", last.ident);
            return Err(error_on(last, message));
        }
        return Ok(TableType::default());
    };
    let argument = |at: usize| match arguments.args.iter().nth(at) {
        Some(syn::GenericArgument::Type(ty)) => Some(ty),
        _ => None,
    };
    let events = argument(if actions { 3 } else { 2 }).and_then(|events| match events {
        syn::Type::Path(path) if path.qself.is_none() => Some(&path.path),
        _ => None,
    });
    let events = events.filter(|path| {
        let is_number = |last: &syn::PathSegment| last.ident == "Number";
        (actions || functions) && !path.segments.last().is_some_and(is_number)
    });
    let mut found = TableType {
        kind: match (actions, functions) {
            (true, _) => Kind::Actions,
            (_, true) => Kind::Functions,
            _ => Kind::Alias,
        },
        handler: None,
        events: events.map(ToTokens::to_token_stream),
    };
    if functions
        && let (Some(events), Some(handler @ syn::Type::FnPtr(_))) = (argument(1), argument(2))
    {
        return Err(error_on(
            quote!(#events, #handler),
            "the type of the handlers comes before the type of the events, as in \
             `HandlerTable<N, fn(), Irq>`",
        ));
    }
    if functions && let Some(handler) = argument(1) {
        if !may_be_function_pointer(handler) {
            return Err(error_on(
                handler,
                "a table holds function pointers: write the type of its handlers, such as \
                 `fn(&mut Frame) -> bool`",
            ));
        }
        found.handler = Some(handler.to_token_stream());
    }
    Ok(found)
}

/// False if the type is certainly none; an alias may be one.
fn may_be_function_pointer(ty: &syn::Type) -> bool {
    const PRIMITIVES: [&str; 17] = [
        "bool", "char", "str", "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32",
        "i64", "i128", "isize", "f32", "f64",
    ];
    match ty {
        syn::Type::Path(path) => {
            let is_generic = |name: &str| {
                let last = path.path.segments.last();
                last.is_some_and(|last| last.ident == name && !last.arguments.is_none())
            };
            !PRIMITIVES
                .iter()
                .any(|primitive| path.path.is_ident(primitive))
                && !["Option", "Box", "Rc", "Arc", "Vec"]
                    .iter()
                    .any(|name| is_generic(name))
        }
        syn::Type::Paren(inner) => may_be_function_pointer(&inner.elem),
        syn::Type::Group(inner) => may_be_function_pointer(&inner.elem),
        syn::Type::FnPtr(_) | syn::Type::Macro(_) | syn::Type::Infer(_) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests;
