//! What `#[event_handler]` writes.
//!
//! Two kinds of spans. What the compiler may complain about in the user's words
//! (a function of another type, an index out of range) has the span of the
//! user's token. All else has `mixed_site`: it is ours, lints leave it alone,
//! and what the user calls `core`, `Some` or `concat` does not matter to it.

use crate::args::{self, Options};
use crate::item;
use crate::names::{Environment, companion, event_name, krate_name, unlike};
use crate::tokens::{Errors, call_site, ends, error_on, parenthesized, respan};
use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;

/// `#[event_handler(TABLE, INDEX)]` on a function: the function, and its entry.
///
/// The entry goes through the table's companion macro, which knows the name
/// that it is exported under. Where there is no such macro, the compiler says so
/// once, and does not see the rest.
pub(crate) fn event_handler(
    args: TokenStream,
    item: &TokenStream,
    environment: &dyn Environment,
) -> TokenStream {
    let mut errors = Errors::default();
    let site = call_site(item.clone().into_iter().next().as_ref());
    let args = args::event(args, site, &mut errors);
    let function = item::function(item, &mut errors);
    let item = match function {
        Some(_) => item.clone(),
        None => item::without_event_handlers(item),
    };
    let (Some(args), Some(function), 0) = (args, function, errors.count()) else {
        let errors = errors.into_tokens();
        return quote!(#errors #item);
    };
    let args::Event {
        table,
        index,
        krate,
        options,
    } = args;

    let name = function.name;
    let conditions = function.conditions;
    let (import, companion) = companion(&table);
    // Actions that share an event cannot share a symbol.
    let literal = index.literal.filter(|_| options.shared.is_none());
    let index = index.tokens;
    let file = environment.file(name.span());
    let line = u32::try_from(environment.line(name.span())).unwrap_or(u32::MAX);
    let path = format!("::{name}");
    let table_name = table.name;

    let ours = Span::mixed_site();
    let path = quote_spanned!(ours=> ::core::concat!(::core::module_path!(), #path));
    let krate_name = Ident::new(&krate_name(environment), ours);
    let function_name = Ident::new(&name.unraw().to_string(), ours);
    // The call that panics if the index is out of range underlines the index.
    let (index_start, index_end) = ends(&index);
    let declared = quote!(#table_name, #path, #file, #line);
    let declared = parenthesized(declared, index_end);
    // Which of the two it is, the companion knows.
    let krate_at_index = respan(&krate, index_start);
    let registration = |kind: &str| {
        let kind = Ident::new(kind, index_start);
        quote_spanned!(index_start=> #krate_at_index::__private::#kind)
    };
    let (function, action) = (registration("Registration"), registration(options.kind()));
    let (fields, error) = option_fields(&options);
    // Before the handler, whose type is then compared with that of this.
    let context = options
        .context
        .as_ref()
        .map(|path| quote_spanned!(ours=> with_context: &#path,));
    let fields = quote_spanned! {index_start=>
        { of_table: &#companion, at_index: #index, #context with_handler: #name, #fields }
        .entry #declared
    };
    // The compiler may say this name in a message.
    let entry = format!("{}_HANDLER", name.unraw().to_string().to_uppercase());
    let used = quote!(#companion #fields);
    let entry = unlike(entry, &used, ours);
    // Two handlers for one event are two definitions of the symbol: then this
    // item is underlined, all of which is at the name of the function.
    let symbol = literal.map(|value| {
        let (value, event) = (Literal::u64_suffixed(value), event_name(value));
        let label = unlike("__handler_table_label".to_owned(), &used, ours);
        let symbol = unlike("SYMBOL".to_owned(), &used, name.span());
        let symbol = quote_spanned!(name.span()=> static #symbol: () = (););
        quote!(#value #event #function_name #krate_name #label #symbol)
    });
    let anonymous = quote_spanned!(name.span()=> const _:);
    quote_spanned! {ours=>
        #item
        #conditions
        #anonymous () = {
            #import
            #companion! {
                (#krate) handler [#symbol] #entry [#function] [#action] [#fields] #error
            }
        };
    }
}

/// The options of an action, as fields of its registration; and what to say if the
/// table is none of actions. Nothing if there are no options.
fn option_fields(options: &Options) -> (TokenStream, TokenStream) {
    let Options {
        first,
        name,
        shared,
        priority,
        ..
    } = options;
    let Some(first) = first else {
        return Default::default();
    };
    let error = error_on(
        first,
        format!(
            "`{first}` is an option for a table of actions: declare the table as an \
             `ActionTable<N, A>`, or leave the option out"
        ),
    );
    let ours = Span::mixed_site();
    let name = name.clone().unwrap_or_else(|| quote!(""));
    let shared = shared.is_some();
    let priority = priority.clone().unwrap_or_else(|| quote!(0));
    let fields = quote_spanned! {ours=>
        with_name: #name, is_shared: #shared, at_priority: #priority,
    };
    (fields, error.into_compile_error())
}

#[cfg(test)]
mod tests;
