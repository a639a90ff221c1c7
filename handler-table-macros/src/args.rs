//! The arguments of `#[handler_table(…)]`, `#[event_handler(…)]` and `require!(…)`.

use crate::tokens::{Errors, error_on, find_word, is_punct, is_word, split_commas, ungroup};
use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Error, Lit, Path, Visibility};

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

/// The options of an action, each if it is there.
#[derive(Default)]
pub(crate) struct Options {
    /// The word that the first one begins with.
    pub(crate) first: Option<Ident>,
    pub(crate) name: Option<TokenStream>,
    pub(crate) context: Option<TokenStream>,
    pub(crate) priority: Option<TokenStream>,
    pub(crate) cpus: Option<TokenStream>,
    pub(crate) handle: Option<Handle>,
    pub(crate) shared: Option<Ident>,
    pub(crate) counted: Option<Ident>,
    pub(crate) disabled: Option<Ident>,
    pub(crate) non_reentrant: Option<Ident>,
    /// `index = N`, which is not one.
    index: Option<(Ident, TokenStream)>,
}

/// `handle = pub UART`
pub(crate) struct Handle {
    pub(crate) visibility: Visibility,
    pub(crate) name: Ident,
}

/// What `#[event_handler]` takes besides a table and an index.
const OPTIONS: &str = "expected `crate = path` or, for a table of actions, `name = \"…\"`, \
                       `context = PATH`, `shared`, `priority = N`, `counted`, `disabled`, \
                       `cpus = SET`, `non_reentrant` or `handle = NAME`";

/// The words that options begin with.
const OPTION_WORDS: [&str; 10] = [
    "crate",
    "name",
    "context",
    "shared",
    "priority",
    "counted",
    "disabled",
    "cpus",
    "non_reentrant",
    "handle",
];

/// `TABLE, INDEX, crate = path`, and options
pub(crate) struct Event {
    pub(crate) table: Table,
    pub(crate) index: Index,
    pub(crate) krate: TokenStream,
    pub(crate) options: Options,
}

/// `TABLE, 1, 3, 7, crate = path`
pub(crate) struct Requirement {
    pub(crate) table: Table,
    pub(crate) indices: Vec<Index>,
    /// `..`: every event of the table.
    pub(crate) all: Option<TokenStream>,
    pub(crate) krate: TokenStream,
}

/// Reads the arguments of an `#[event_handler]` at `site`.
pub(crate) fn event(args: TokenStream, site: Span, errors: &mut Errors) -> Option<Event> {
    refuse_self(&args, errors)?;
    let mut options = Options::default();
    let krate = crate_option(args, errors, |key, value, errors| {
        options.take(key, value, errors)
    });
    let (pieces, krate) = krate;
    let mut pieces = pieces.into_iter();
    let Some(first) = pieces.next() else {
        errors.push(Error::new(
            site,
            "expected `#[event_handler(TABLE, INDEX)]`, for example `#[event_handler(IRQS, 3)]`",
        ));
        return None;
    };
    let second = pieces.next();
    let others: Vec<TokenStream> = pieces
        .filter(|piece| !options.take_flag(piece, errors))
        .collect();
    if let [third, ..] = &others[..]
        && !second.as_ref().is_some_and(is_comma)
    {
        let name = table(first.clone()).map_or("TABLE".to_owned(), |table| table.name);
        let third = ungroup(third.clone());
        let message = format!(
            "one attribute is for one event: write `#[event_handler({name}, {third})]` on the \
             function too, or leave this out"
        );
        errors.push(error_on(quote!(#(#others),*), message));
    }

    if let Some(second) = &second
        && table(first.clone()).is_err()
        && !is_comma(&first)
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
            let error = if let Some((key, value)) = &options.index {
                let value = ungroup(value.clone());
                let message = format!(
                    "the index is written without a name: `#[event_handler({name}, {value})]`"
                );
                error_on(key, message)
            } else {
                let message =
                    format!("missing event index: write `#[event_handler({name}, INDEX)]`");
                error_on(path, message)
            };
            errors.push(error);
        }
        None
    };
    options.check_context(errors);
    Some(Event {
        table: table?,
        index: index?,
        krate: krate?,
        options,
    })
}

impl Options {
    /// Takes `key = value` if it is one of these. False if it is none.
    fn take(&mut self, key: &Ident, value: TokenStream, errors: &mut Errors) -> bool {
        let (place, expected) = if key == "name" {
            (&mut self.name, "a string, as in `name = \"uart0\"`")
        } else if key == "context" {
            (
                &mut self.context,
                "the path of a `static`, as in `context = UART0`",
            )
        } else if key == "priority" {
            (
                &mut self.priority,
                "an `i32` constant, as in `priority = 10`",
            )
        } else if key == "cpus" {
            (
                &mut self.cpus,
                "a `CpuSet` constant, as in `cpus = CpuSet::of(&[2, 3])`",
            )
        } else if key == "handle" {
            self.take_handle(key, &value, errors);
            return true;
        } else if self.flag(key).is_some() {
            let message = format!("`{key}` takes no value: leave the `=` out");
            errors.push(error_on(key, message));
            return true;
        } else if ["index", "event"].iter().any(|word| key == word) && self.index.is_none() {
            self.index = Some((key.clone(), value));
            return true;
        } else {
            return false;
        };
        if place.is_some() {
            errors.push(error_on(key, format!("`{key}` is given twice")));
        } else if value.is_empty() {
            errors.push(error_on(key, format!("expected {expected}")));
        } else {
            *place = Some(value);
        }
        self.first.get_or_insert_with(|| key.clone());
        true
    }

    fn take_handle(&mut self, key: &Ident, value: &TokenStream, errors: &mut Errors) {
        let parser = |input: syn::parse::ParseStream<'_>| {
            Ok(Handle {
                visibility: input.parse()?,
                name: input.parse()?,
            })
        };
        let handle = syn::parse::Parser::parse2(parser, ungroup(value.clone()));
        if self.handle.is_some() {
            errors.push(error_on(key, "`handle` is given twice"));
        } else if let Ok(handle) = handle {
            self.handle = Some(handle);
        } else {
            let wrong = if value.is_empty() {
                key.to_token_stream()
            } else {
                value.clone()
            };
            errors.push(error_on(
                wrong,
                "expected a name for the action, as in `handle = UART` or `handle = pub UART`",
            ));
        }
        self.first.get_or_insert_with(|| key.clone());
    }

    /// The option of this name, if it is one without a value.
    fn flag(&mut self, word: &Ident) -> Option<&mut Option<Ident>> {
        if word == "shared" {
            Some(&mut self.shared)
        } else if word == "counted" {
            Some(&mut self.counted)
        } else if word == "disabled" {
            Some(&mut self.disabled)
        } else if word == "non_reentrant" {
            Some(&mut self.non_reentrant)
        } else {
            None
        }
    }

    /// A context is a path of the user's `static`, or the first value of ours.
    fn check_context(&self, errors: &mut Errors) {
        match (&self.non_reentrant, &self.context) {
            (Some(word), None) => errors.push(error_on(
                word,
                "a `non_reentrant` action owns a context, which the function takes as `&mut C`: \
                 add its first value, `context = EXPRESSION`",
            )),
            (None, Some(context)) if syn::parse2::<Path>(ungroup(context.clone())).is_err() => {
                errors.push(error_on(
                    context,
                    "expected the path of a `static`, as in `context = UART0`; an expression is \
                     for a `non_reentrant` action",
                ));
            }
            _ => {}
        }
    }

    /// Takes a flag, or says that it is no option. False if the argument is something else.
    fn take_flag(&mut self, piece: &TokenStream, errors: &mut Errors) -> bool {
        let mut trees = ungroup(piece.clone()).into_iter();
        let (Some(TokenTree::Ident(word)), next, after) =
            (trees.next(), trees.next(), trees.next())
        else {
            return false;
        };
        if is_punct(next.as_ref(), ':') && !is_punct(after.as_ref(), ':') {
            errors.push(error_on(
                next,
                format!("an option has `=`, as in `{word} = …`: {OPTIONS}"),
            ));
            return true;
        }
        if next.is_some() || word == "crate" {
            return false;
        }
        let Some(flag) = self.flag(&word) else {
            let message = if ["name", "context", "priority", "cpus", "handle"]
                .iter()
                .any(|key| word == key)
            {
                format!("`{word}` takes a value: {OPTIONS}")
            } else {
                format!("unknown option `{word}`: {OPTIONS}")
            };
            errors.push(error_on(&word, message));
            return true;
        };
        if flag.is_some() {
            errors.push(error_on(&word, format!("`{word}` is given twice")));
        }
        *flag = Some(word.clone());
        self.first.get_or_insert(word);
        true
    }
}

/// Reads the arguments of `#[handler_table]`: the path of the crate.
pub(crate) fn declaration(args: TokenStream, errors: &mut Errors) -> Option<TokenStream> {
    let (pieces, krate) = crate_option(args, errors, unknown("nothing"));
    for piece in pieces {
        errors.push(error_on(
            piece,
            "unexpected argument: `#[handler_table]` takes nothing but optionally `crate = path`; \
             the capacity and the type of handler are in the type of the `static`",
        ));
    }
    krate
}

/// Reads the arguments of `require!`.
pub(crate) fn requirement(args: TokenStream, errors: &mut Errors) -> Option<Requirement> {
    refuse_self(&args, errors)?;
    let (pieces, krate) = crate_option(args, errors, unknown("a table, indices"));
    let mut pieces = pieces.into_iter();
    let Some(first) = pieces.next() else {
        errors.push(Error::new(
            Span::call_site(),
            "expected `require!(TABLE, INDEX, …)`, for example `require!(IRQS, 1, 3)`",
        ));
        return None;
    };
    let table = errors.keep(table(first));
    let (mut indices, mut all) = (Vec::new(), None);
    let mut nothing = true;
    for piece in pieces {
        nothing = false;
        if is_range_full(&piece) {
            all = Some(piece);
        } else if let Some(index) = errors.keep(index(piece)) {
            indices.push(index);
        }
    }
    if nothing && let Some(Table { path, name }) = &table {
        let message = format!(
            "nothing is required: write `require!({name}, INDEX, …)`, or `require!({name}, ..)` \
             for every event of a type"
        );
        errors.push(error_on(path, message));
    }
    Some(Requirement {
        table: table?,
        indices,
        all,
        krate: krate?,
    })
}

/// Reads the arguments of `#[events]`: the path of the crate, and what `events!` adds.
pub(crate) fn events(
    args: TokenStream,
    foreign: &mut Option<TokenStream>,
    errors: &mut Errors,
) -> Option<TokenStream> {
    let mut unknown = unknown("nothing");
    let (pieces, krate) = crate_option(args, errors, |key, value, errors| {
        if key == "of" {
            *foreign = Some(value);
            return true;
        }
        unknown(key, value, errors)
    });
    for piece in pieces {
        errors.push(error_on(piece, "expected `#[events(crate = path)]`"));
    }
    krate
}

/// Says that `Self` is not known where an event is named. None if it was used.
fn refuse_self(args: &TokenStream, errors: &mut Errors) -> Option<()> {
    let word = find_word(args, "Self").into_iter().next();
    let Some(word) = word else { return Some(()) };
    errors.push(error_on(
        word,
        "there is no `Self` here, not even in an `impl`: write the name of the type",
    ));
    None
}

/// Takes no option.
fn unknown(others: &str) -> impl FnMut(&Ident, TokenStream, &mut Errors) -> bool {
    move |key, _, errors| {
        let message = format!("unknown option `{key}`: expected {others} or `crate = path`");
        errors.push(error_on(key, message));
        true
    }
}

/// Cuts the arguments into those without a name and the path of the crate; what
/// else has a name is left to `other`.
fn crate_option(
    args: TokenStream,
    errors: &mut Errors,
    mut other: impl FnMut(&Ident, TokenStream, &mut Errors) -> bool,
) -> (Vec<TokenStream>, Option<TokenStream>) {
    let mut krate = None;
    let mut unnamed = Vec::new();
    for piece in split_missing_commas(split_commas(args), errors) {
        let mut trees = piece.clone().into_iter();
        let (key, equals, next) = (trees.next(), trees.next(), trees.next());
        let Some(TokenTree::Ident(key)) = key else {
            unnamed.push(piece);
            continue;
        };
        if !is_punct(equals.as_ref(), '=') || is_punct(next.as_ref(), '=') {
            unnamed.push(piece);
            continue;
        }
        let value: TokenStream = piece.into_iter().skip(2).collect();
        if key != "crate" {
            if !other(&key, value, errors) {
                let message = format!("unknown option `{key}`: {OPTIONS}");
                errors.push(error_on(key, message));
            }
        } else if krate.is_some() {
            errors.push(error_on(key, "`crate` is given twice"));
        } else {
            krate = Some(errors.keep(crate_path(&key, value)));
        }
    }
    (unnamed, krate.unwrap_or_else(|| Some(default_crate())))
}

/// Cuts the arguments where an option follows something without a comma, and says so.
fn split_missing_commas(pieces: Vec<TokenStream>, errors: &mut Errors) -> Vec<TokenStream> {
    let is_option = |word: &Ident| OPTION_WORDS.iter().any(|option| word == option);
    let is_operand = |tree: &TokenTree| match tree {
        TokenTree::Ident(word) => syn::parse2::<Ident>(word.to_token_stream()).is_ok(),
        TokenTree::Group(_) | TokenTree::Literal(_) => true,
        TokenTree::Punct(_) => false,
    };
    let mut cut = Vec::new();
    for piece in pieces {
        let mut part: Vec<TokenTree> = Vec::new();
        for tree in piece {
            if let (TokenTree::Ident(word), Some(before)) = (&tree, part.last())
                && is_option(word)
                && is_operand(before)
                // A visibility belongs to the name after it.
                && !part.iter().any(|tree| is_word(Some(tree), "pub"))
            {
                errors.push(error_on(word, format!("expected `,` before `{word}`")));
                cut.push(part.drain(..).collect());
            }
            part.push(tree);
        }
        cut.push(part.into_iter().collect());
    }
    cut
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

/// Whether the tokens are those of an empty piece.
fn is_comma(tokens: &TokenStream) -> bool {
    is_punct(tokens.clone().into_iter().next().as_ref(), ',')
}

/// Whether the tokens are `..`.
fn is_range_full(tokens: &TokenStream) -> bool {
    let trees: Vec<TokenTree> = ungroup(tokens.clone()).into_iter().collect();
    trees.len() == 2 && trees.iter().all(|tree| is_punct(Some(tree), '.'))
}

fn index(tokens: TokenStream) -> syn::Result<Index> {
    let wrong = |what: String| {
        let message = format!("an event index is a `usize` constant: {what}");
        Err(error_on(&tokens, message))
    };
    let literal = match syn::parse2::<Lit>(ungroup(tokens.clone())) {
        Err(_) if is_comma(&tokens) => return wrong("one is missing here".to_owned()),
        Err(_) if !may_be_expression(&tokens) => {
            return wrong("expected an expression, such as `3` or `Irq::Uart`".to_owned());
        }
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

/// False if the tokens begin or end with a punctuation mark that no expression has there.
fn may_be_expression(tokens: &TokenStream) -> bool {
    let trees: Vec<TokenTree> = ungroup(tokens.clone()).into_iter().collect();
    let is_one_of = |tree: Option<&TokenTree>, marks: &str| matches!(tree, Some(TokenTree::Punct(punct)) if marks.contains(punct.as_char()));
    !is_one_of(trees.first(), ".=+/%^>,;@$?") && !is_one_of(trees.last(), ".=+-*/%^<!&|:,;@$")
}

#[cfg(test)]
mod tests;
