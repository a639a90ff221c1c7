//! What stands in the parentheses of `#[handler_table(…)]`,
//! `#[event_handler(…)]` and `require!(…)`.

use crate::tokens::{Errors, error_on, is_punct, split_commas, ungroup};
use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Error, Lit, Path};

/// A path to a table.
pub(crate) struct Table {
    pub(crate) path: Path,
    /// As the user would write it.
    pub(crate) name: String,
}

/// The index of an event.
pub(crate) struct Index {
    pub(crate) tokens: TokenStream,
    /// Its value, if it is written as a literal.
    pub(crate) literal: Option<u64>,
}

/// `TABLE, INDEX, crate = path`
pub(crate) struct Event {
    pub(crate) table: Table,
    pub(crate) index: Index,
    pub(crate) krate: TokenStream,
}

/// `TABLE, 1, 3, 7, crate = path`
pub(crate) struct Requirement {
    pub(crate) table: Table,
    /// The indices, each with its value.
    pub(crate) indices: Vec<(TokenStream, u64)>,
    pub(crate) krate: TokenStream,
}

/// Reads the arguments of an `#[event_handler]` at `site`.
pub(crate) fn event(args: TokenStream, site: Span, errors: &mut Errors) -> Option<Event> {
    let (pieces, krate) = options(args, "a table, an index", errors);
    let mut pieces = pieces.into_iter();
    let Some(first) = pieces.next() else {
        errors.push(Error::new(
            site,
            "expected `#[event_handler(TABLE, INDEX)]`, for example `#[event_handler(IRQS, 3)]`",
        ));
        return None;
    };
    let second = pieces.next();
    for piece in pieces.filter(|_| !second.as_ref().is_some_and(is_comma)) {
        errors.push(error_on(
            piece,
            "unexpected argument: `#[event_handler]` takes a table, an index and optionally \
             `crate = path`",
        ));
    }

    if let Some(second) = &second
        && is_literal(&first)
        && let Ok(table) = table(second.clone())
    {
        let message = format!(
            "the table comes first: `#[event_handler({}, {})]`",
            table.name,
            ungroup(first.clone())
        );
        errors.push(error_on(quote!(#first, #second), message));
        return None;
    }

    let table = errors.keep(table(first));
    let index = if let Some(second) = second {
        errors.keep(index(second))
    } else {
        if let Some(Table { path, name }) = &table {
            let message = format!("missing event index: write `#[event_handler({name}, INDEX)]`");
            errors.push(error_on(path, message));
        }
        None
    };
    Some(Event {
        table: table?,
        index: index?,
        krate: krate?,
    })
}

/// Reads the arguments of `#[handler_table]`: the path of the crate.
pub(crate) fn declaration(args: TokenStream, errors: &mut Errors) -> Option<TokenStream> {
    let (pieces, krate) = options(args, "nothing", errors);
    for piece in pieces {
        errors.push(error_on(
            piece,
            "unexpected argument: `#[handler_table]` takes nothing but optionally `crate = path`; \
             the capacity and the type of handler stand in the type of the `static`",
        ));
    }
    krate
}

/// Reads the arguments of `require!`.
pub(crate) fn requirement(args: TokenStream, errors: &mut Errors) -> Option<Requirement> {
    let (pieces, krate) = options(args, "a table, indices", errors);
    let mut pieces = pieces.into_iter();
    let Some(first) = pieces.next() else {
        errors.push(Error::new(
            Span::call_site(),
            "expected `require!(TABLE, INDEX, …)`, for example `require!(IRQS, 1, 3)`",
        ));
        return None;
    };
    let table = errors.keep(table(first));
    let mut indices = Vec::new();
    for piece in pieces {
        let Some(index) = errors.keep(index(piece)) else {
            continue;
        };
        match index.literal {
            Some(value) => indices.push((index.tokens, value)),
            None => errors.push(error_on(
                index.tokens,
                "`require!` takes integer literals, because the linker knows a handler by the \
                 literal in its `#[event_handler]`; for an index that is an expression, look \
                 through `static_handlers()` at run time",
            )),
        }
    }
    Some(Requirement {
        table: table?,
        indices,
        krate: krate?,
    })
}

/// Cuts the arguments into those without a name and the path of the crate.
fn options(
    args: TokenStream,
    others: &str,
    errors: &mut Errors,
) -> (Vec<TokenStream>, Option<TokenStream>) {
    let mut krate = None;
    let mut unnamed = Vec::new();
    for piece in split_commas(args) {
        let mut trees = piece.clone().into_iter();
        let (key, equals, next) = (trees.next(), trees.next(), trees.next());
        let Some(TokenTree::Ident(key)) = key else {
            unnamed.push(piece);
            continue;
        };
        if !is_punct(equals.as_ref(), '=') || is_punct(next.as_ref(), '=') {
            unnamed.push(piece);
        } else if key != "crate" {
            let message = format!("unknown option `{key}`: expected {others} or `crate = path`");
            errors.push(error_on(key, message));
        } else if krate.is_some() {
            errors.push(error_on(key, "`crate` is given twice"));
        } else {
            let path: TokenStream = piece.into_iter().skip(2).collect();
            krate = Some(errors.keep(crate_path(&key, path)));
        }
    }
    (unnamed, krate.unwrap_or_else(|| Some(default_crate())))
}

fn crate_path(key: &Ident, path: TokenStream) -> syn::Result<TokenStream> {
    match syn::parse2::<Path>(ungroup(path.clone())) {
        Ok(path) => Ok(path.into_token_stream()),
        Err(_) => Err(error_on(
            if path.is_empty() {
                key.to_token_stream()
            } else {
                path
            },
            "expected the path of the `handler_table` crate, as in `crate = kernel::handler_table`",
        )),
    }
}

/// The path of the crate where the user names none.
pub(crate) fn default_crate() -> TokenStream {
    quote_spanned!(Span::mixed_site()=> ::handler_table)
}

fn table(tokens: TokenStream) -> syn::Result<Table> {
    let parser = |input: syn::parse::ParseStream<'_>| input.call(Path::parse_mod_style);
    match syn::parse::Parser::parse2(parser, ungroup(tokens.clone())) {
        Ok(path) => {
            let name = path.to_token_stream().to_string().replace(' ', "");
            Ok(Table { path, name })
        }
        Err(_) => Err(error_on(
            tokens,
            "expected the path of a table, such as `IRQS` or `kernel::IRQS`",
        )),
    }
}

fn is_literal(tokens: &TokenStream) -> bool {
    syn::parse2::<Lit>(ungroup(tokens.clone())).is_ok()
}

/// Whether the tokens stand for an empty piece.
fn is_comma(tokens: &TokenStream) -> bool {
    is_punct(tokens.clone().into_iter().next().as_ref(), ',')
}

fn index(tokens: TokenStream) -> syn::Result<Index> {
    let wrong = |what: String| {
        let message = format!("an event index is a `usize` constant: {what}");
        Err(error_on(&tokens, message))
    };
    let literal = match syn::parse2::<Lit>(ungroup(tokens.clone())) {
        Err(_) if is_comma(&tokens) => return wrong("one is missing here".to_owned()),
        Err(_) => None,
        Ok(Lit::Int(int)) if int.base10_digits().starts_with('-') => {
            return wrong("it is never negative; the first event is 0".to_owned());
        }
        Ok(Lit::Int(int)) if !matches!(int.suffix(), "" | "usize") => {
            return wrong(format!("write `{}`", int.base10_digits()));
        }
        Ok(Lit::Int(int)) => match int.base10_parse() {
            Ok(value) => Some(value),
            Err(_) => return wrong("this one is too large".to_owned()),
        },
        Ok(Lit::Str(text)) if text.value().parse::<usize>().is_ok() => {
            return wrong(format!("write `{}`, without the quotes", text.value()));
        }
        Ok(_) => return wrong("write a whole number, such as `3`".to_owned()),
    };
    Ok(Index { tokens, literal })
}

#[cfg(test)]
mod tests;
