//! What `require!` writes. For the spans see `handler`.

use crate::args::{self, Index};
use crate::names::{Environment, companion, event_name, krate_name, module_level, number, unlike};
use crate::tokens::{Errors, ends, error_on, parenthesized, respan, ungroup};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Path, PathSegment};

/// `require!(TABLE, 1, 3)`: references to the symbols of those handlers.
pub(crate) fn require(args: TokenStream, environment: &dyn Environment) -> TokenStream {
    let mut errors = Errors::default();
    let requirement = args::requirement(args, &mut errors);
    let (Some(requirement), 0) = (requirement, errors.count()) else {
        return errors.into_tokens();
    };
    let args::Requirement {
        table,
        indices,
        all,
        krate,
    } = requirement;

    let ours = Span::mixed_site();
    let krate_name = Ident::new(&krate_name(environment), ours);
    let table_name = table.name.clone();
    let requirements = indices.iter().map(|Index { tokens, literal }| {
        let (import, path) = companion(&table);
        let module = unlike("__handler_table_requirement".to_owned(), tokens, ours);
        let event = event_path(tokens);
        let literal = literal.map(event_name);
        let expression = number(&krate, &path, tokens);
        // Underlines the index if there is no such event.
        let (start, end) = ends(tokens);
        let krate_at_index = respan(&krate, start);
        let number = quote!(#module::Event::NUMBER);
        let arguments = parenthesized(quote!(&#path, #number, #table_name), end);
        let check = quote_spanned!(start=> #krate_at_index::__private::slot #arguments);
        quote_spanned! {ours=>
            #[cfg(not(doc))]
            const _: () = {
                #import
                #path! {
                    (#krate) required
                    [#path] #module #krate_name [#(#event)*] {#literal} (#expression)
                    const _: ::core::primitive::usize = #check;
                }
            };
        }
    });
    let all = all.map(|range| {
        let (import, path) = companion(&table);
        let module = Ident::new("__handler_table_requirement", ours);
        let error = error_on(
            range,
            format!(
                "the events of `{table_name}` are numbers, or its type does not name the type of \
                 its events: name those that must have a handler, as in `require!({table_name}, \
                 1, 3)`"
            ),
        );
        let error = error.into_compile_error();
        quote_spanned! {ours=>
            #[cfg(not(doc))]
            const _: () = {
                #import
                #path! { (#krate) all [#path] #module #krate_name { #error } }
            };
        }
    });
    let items = quote_spanned!(ours=> #(#requirements)* #all);
    module_level(&krate, Span::call_site(), &items)
}

/// The last two names of a path to a constant or a variant; none of any other expression.
fn event_path(index: &TokenStream) -> Vec<Ident> {
    let Ok(path) = syn::parse2::<Path>(ungroup(index.clone())) else {
        return Vec::new();
    };
    let plain = |segment: &PathSegment| segment.arguments.is_none().then(|| segment.ident.unraw());
    let names: Option<Vec<Ident>> = path.segments.iter().map(plain).collect();
    let mut names = names.unwrap_or_default();
    names.drain(..names.len().saturating_sub(2));
    names.retain(|name| name != "$crate");
    names
}

#[cfg(test)]
mod tests;
