//! What `#[event_handler]` writes.
//!
//! Two kinds of spans. What the compiler may complain about in the user's words
//! (a function of another type, an index out of range) has the span of the
//! user's token. All else has `mixed_site`: it is ours, lints leave it alone,
//! and what the user calls `core`, `Some` or `concat` does not matter to it.

use crate::args::{self, Options};
use crate::item;
use crate::names::{Environment, companion, event_name, krate_name, number, unlike};
use crate::tokens::{Errors, call_site, ends, error_on, parenthesized, respan};
use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Error;
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
    if item::is_static_without_value(item) {
        let message = "`#[event_handler]` registers a function: to declare a table write \
                       `#[handler_table]`";
        let error = Error::new(site, message).into_compile_error();
        let ours = Span::mixed_site();
        return quote_spanned!(ours=> #error unsafe extern "Rust" { #item });
    }
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
    let (allowed, conditions) = (function.allowed, function.conditions);
    let used = {
        let (
            index,
            Options {
                context,
                name: of_action,
                priority,
                ..
            },
        ) = (&index.tokens, &options);
        let path = &table.path;
        quote!(#path #name #index #context #of_action #priority)
    };
    let (import, companion) = companion(&table);
    let file = environment.file(name.span());
    let line = u32::try_from(environment.line(name.span())).unwrap_or(u32::MAX);
    // See `Source` of the library.
    let source = format!("::{name}\n{file}\n{line}");
    let table_name = table.name;

    let ours = Span::mixed_site();
    let source = quote_spanned! {ours=>
        #krate::__private::source! { ::core::concat!(::core::module_path!(), #source) }
    };
    let krate_name = Ident::new(&krate_name(environment), ours);
    let function_name = Ident::new(&name.unraw().to_string(), ours);
    let module = unlike("__handler_table_label".to_owned(), &used, ours);

    // The number of the event. If it is an expression, the label has it as a constant.
    let (index_start, index_end) = ends(&index.tokens);
    let expression = number(&krate, &companion, &index.tokens);
    let sharing = Ident::new(
        if options.shared.is_some() {
            "shared"
        } else {
            "exclusive"
        },
        ours,
    );
    let (number, label) = if let Some(value) = index.literal {
        let (value, event) = (Literal::u64_suffixed(value), event_name(value));
        // Two handlers for one event are two definitions of the symbol: then this
        // item is underlined, all of which is at the name of the function.
        let symbol = unlike("SYMBOL".to_owned(), &used, name.span());
        let symbol = quote_spanned!(name.span()=> static #symbol: () = (););
        (expression, quote!({ #value #event #symbol }))
    } else {
        let number = Ident::new(&module.to_string(), index_start);
        let number = quote_spanned!(index_start=> #number::Event::NUMBER);
        (number, quote!((#expression)))
    };
    let label = quote!([#sharing #module #function_name #krate_name #label]);

    // The call that panics if the index is out of range underlines the index. Which of
    // the two it is, the companion knows.
    let entry = parenthesized(quote!(#number, #table_name, #source), index_end);
    let krate_at_index = respan(&krate, index_start);
    let registration = |kind: &str, fields: TokenStream| {
        let kind = Ident::new(kind, index_start);
        quote_spanned! {index_start=>
            [#krate_at_index::__private::#kind {
                of_table: &#companion, #fields
            }.entry #entry]
        }
    };
    let function = registration("Registration", quote_spanned!(ours=> with_handler: #name,));
    let (kind, fields, error) = action_fields(&options, &krate, &name);
    let action = registration(kind, fields);

    // The compiler may say this name in a message.
    let entry = format!("{}_HANDLER", name.unraw().to_string().to_uppercase());
    let entry = unlike(entry, &used, ours);
    let anonymous = quote_spanned!(name.span()=> const _:);
    quote_spanned! {ours=>
        #item
        #conditions
        #allowed
        #[cfg(not(doc))]
        #anonymous () = {
            #import
            #companion! { (#krate) handler #label #entry #function #action #error }
        };
    }
}

/// The registration of an action: its type, and its fields but for the table. And what to
/// say if there are options, and the table is none of actions.
fn action_fields(
    options: &Options,
    krate: &TokenStream,
    handler: &Ident,
) -> (&'static str, TokenStream, TokenStream) {
    let ours = Span::mixed_site();
    let Options {
        first,
        name,
        shared,
        priority,
        context,
        ..
    } = options;
    let error = first.as_ref().map(|first| {
        let message = format!(
            "`{first}` is an option for a table of actions: declare the table as an \
             `ActionTable<N, A>`, or leave the option out"
        );
        error_on(first, message).into_compile_error()
    });
    let name = name.clone().unwrap_or_else(|| quote!(""));
    let shared = shared.is_some();
    let priority = priority.clone().unwrap_or_else(|| quote!(0));
    // The context first: the type of the handler is then compared with that of this.
    let (kind, context) = match context {
        Some(path) => {
            let (start, end) = ends(path);
            let krate = respan(krate, start);
            let reference = parenthesized(quote_spanned!(start=> &#path), end);
            let shared = quote_spanned!(start=> #krate::Shared::new #reference);
            (
                "ContextRegistration",
                quote_spanned!(ours=> with_context: #shared,),
            )
        }
        None => ("ActionRegistration", TokenStream::new()),
    };
    let fields = quote_spanned! {ours=>
        #context
        with_handler: #handler,
        with_options: #krate::__private::Options {
            with_name: #name, is_shared: #shared, at_priority: #priority,
        },
    };
    (kind, fields, error.unwrap_or_default())
}

#[cfg(test)]
mod tests;
