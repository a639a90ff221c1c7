//! What `require!` writes. For the spans see `handler`.

use crate::args;
use crate::names::{companion, event_name};
use crate::tokens::{Errors, ends, respan};
use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;

/// `require!(TABLE, 1, 3)`: references to the symbols of those handlers.
pub(crate) fn require(args: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let requirement = args::requirement(args, &mut errors);
    let (Some(requirement), 0) = (requirement, errors.count()) else {
        return errors.into_tokens();
    };
    let args::Requirement {
        table,
        indices,
        krate,
    } = requirement;

    let ours = Span::mixed_site();
    let (import, companion) = companion(&table);
    let table_name = table.name;
    let checks = indices.iter().map(|(index, _)| {
        let at_index = ends(index).0;
        let krate = respan(&krate, at_index);
        quote_spanned!(at_index=> #krate::__private::require(&#companion, #index, #table_name);)
    });
    let indices = indices.iter().map(|(index, value)| {
        let event = event_name(*value);
        quote_spanned!(ours=> [#event #index])
    });
    quote_spanned! {ours=>
        const _: () = {
            #import
            const _: () = { #(#checks)* };
            #companion! { (#krate) required #companion #(#indices)* }
        };
    }
}

#[cfg(test)]
mod tests;
