//! What `args` and `item` share: cutting token streams, and errors.

use proc_macro2::{Delimiter, Group, Ident, Punct, Spacing, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::Error;

/// All that is wrong, each on its own token.
#[derive(Default)]
pub(crate) struct Errors(Option<Error>);

impl Errors {
    pub(crate) fn push(&mut self, error: Error) {
        match &mut self.0 {
            Some(errors) => errors.combine(error),
            None => self.0 = Some(error),
        }
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.0.iter().flatten().count()
    }

    /// The value of a result, whose error is kept for later.
    pub(crate) fn keep<T>(&mut self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|error| self.push(error)).ok()
    }

    /// The errors as items that fail the build; nothing if there are none.
    pub(crate) fn into_tokens(self) -> TokenStream {
        self.0.map(Error::into_compile_error).unwrap_or_default()
    }
}

/// An error that underlines the tokens, from the first to the last.
pub(crate) fn error_on(tokens: impl ToTokens, message: impl std::fmt::Display) -> Error {
    Error::new_spanned(tokens, message)
}

/// The tokens, without the invisible delimiters that a `macro_rules!` puts
/// round what it passes on.
pub(crate) fn ungroup(tokens: TokenStream) -> TokenStream {
    let mut trees = tokens.clone().into_iter();
    match (trees.next(), trees.next()) {
        (Some(TokenTree::Group(group)), None) if group.delimiter() == Delimiter::None => {
            ungroup(group.stream())
        }
        _ => tokens,
    }
}

/// Cuts at the commas outside all brackets, angle brackets included. A comma at the
/// end starts no piece. An empty piece before a comma is that comma.
pub(crate) fn split_commas(tokens: TokenStream) -> Vec<TokenStream> {
    let mut pieces = Vec::new();
    let mut piece: Vec<TokenTree> = Vec::new();
    let mut depth = 0_usize;
    for tree in tokens {
        match &tree {
            TokenTree::Punct(punct) => match punct.as_char() {
                ',' if depth == 0 => {
                    if piece.is_empty() {
                        piece.push(tree);
                    }
                    pieces.push(piece.drain(..).collect());
                    continue;
                }
                '<' if depth > 0 || opens_generics(&piece) => depth += 1,
                '>' if depth > 0 && !ends_arrow(&piece) => depth -= 1,
                _ => {}
            },
            TokenTree::Group(_) | TokenTree::Ident(_) | TokenTree::Literal(_) => {}
        }
        piece.push(tree);
    }
    if !piece.is_empty() {
        pieces.push(piece.into_iter().collect());
    }
    pieces
}

/// Whether a `<` after these tokens is a bracket, not a comparison: after `::`,
/// or where an operand is expected.
fn opens_generics(before: &[TokenTree]) -> bool {
    match before.last() {
        None | Some(TokenTree::Punct(_)) => true,
        Some(TokenTree::Ident(ident)) => ident == "as",
        Some(TokenTree::Group(_) | TokenTree::Literal(_)) => false,
    }
}

/// Whether a `>` after these tokens belongs to `->` or `=>`.
pub(crate) fn ends_arrow(before: &[TokenTree]) -> bool {
    matches!(
        before.last(),
        Some(TokenTree::Punct(punct))
            if punct.spacing() == Spacing::Joint && matches!(punct.as_char(), '-' | '=')
    )
}

/// Whether the token is this punctuation.
pub(crate) fn is_punct(tree: Option<&TokenTree>, char: char) -> bool {
    matches!(tree, Some(TokenTree::Punct(punct)) if punct.as_char() == char)
}

/// Whether the token is a group in these brackets.
pub(crate) fn is_group(tree: &TokenTree, delimiter: Delimiter) -> bool {
    matches!(tree, TokenTree::Group(group) if group.delimiter() == delimiter)
}

/// Whether the token is this word.
pub(crate) fn is_word(tree: Option<&TokenTree>, word: &str) -> bool {
    matches!(tree, Some(TokenTree::Ident(ident)) if ident == word)
}

/// Every occurrence of the word, at any depth.
pub(crate) fn find_word(tokens: &TokenStream, word: &str) -> Vec<Ident> {
    let found = tokens.clone().into_iter().map(|tree| match tree {
        TokenTree::Ident(ident) if ident == word => vec![ident],
        TokenTree::Group(group) => find_word(&group.stream(), word),
        _ => Vec::new(),
    });
    found.flatten().collect()
}

/// Whether the word occurs, at any depth.
pub(crate) fn contains_word(tokens: &TokenStream, word: &str) -> bool {
    !find_word(tokens, word).is_empty()
}

/// A place in the user's code for an error that underlines the whole macro
/// call, without the compiler's note on where the error originates.
pub(crate) fn call_site(item: Option<&TokenTree>) -> Span {
    let here = Span::call_site();
    item.map_or(here, |tree| here.resolved_at(tree.span()))
}

/// A punctuation mark at a place.
pub(crate) fn punct(char: char, span: Span) -> Punct {
    let mut punct = Punct::new(char, Spacing::Alone);
    punct.set_span(span);
    punct
}

/// Whether everybody can see it.
pub(crate) fn is_pub(visibility: &TokenStream) -> bool {
    matches!(
        syn::parse2::<syn::Visibility>(ungroup(visibility.clone())),
        Ok(syn::Visibility::Public(_))
    )
}

/// The places of the first token and of the last one.
pub(crate) fn ends(tokens: &TokenStream) -> (Span, Span) {
    let mut spans = ungroup(tokens.clone()).into_iter().map(|tree| tree.span());
    let first = spans.next().unwrap_or_else(Span::call_site);
    (first, spans.last().unwrap_or(first))
}

/// The tokens in parentheses at a place.
pub(crate) fn parenthesized(tokens: TokenStream, span: Span) -> Group {
    let mut group = Group::new(Delimiter::Parenthesis, tokens);
    group.set_span(span);
    group
}

/// The tokens of a path at another place.
pub(crate) fn respan(path: &TokenStream, span: Span) -> TokenStream {
    let trees = path.clone().into_iter().map(|mut tree| {
        // `$crate` is the crate of the macro that wrote it, which its span knows.
        let is_dollar_crate = matches!(&tree, TokenTree::Ident(word) if word == "$crate");
        tree.set_span(if is_dollar_crate {
            tree.span().located_at(span)
        } else {
            span
        });
        tree
    });
    trees.collect()
}
