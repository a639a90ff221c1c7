//! What `#[event_handler]` writes.
//!
//! Two kinds of spans. What the compiler may complain about in the user's words
//! (a function of another type, an index out of range) has the span of the
//! user's token. All else has `mixed_site`: it is ours, lints leave it alone,
//! and what the user calls `core`, `Some` or `concat` does not matter to it.

use crate::args::{self, Options};
use crate::item;
use crate::names::{Environment, companion, event_name, krate_name, module_level, number, unlike};
use crate::tokens::{Errors, call_site, ends, error_on, parenthesized, respan, ungroup};
use proc_macro2::{Delimiter, Group, Ident, Literal, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Error, Type};

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
    let owned = match (&args, &function) {
        (Some(args), Some(function)) => owned_context(&args.options, function, &mut errors),
        _ => None,
    };
    let item = match function {
        Some(_) => item.clone(),
        None => item::without_event_handlers(item),
    };
    let (Some(args), Some(function), 0) = (args, function, errors.count()) else {
        let errors = errors.into_tokens();
        return quote!(#errors #item);
    };
    expand(args, &function, owned, &item, environment)
}

/// The function, and its entry.
fn expand(
    args: args::Event,
    function: &item::Function,
    owned: Option<TokenStream>,
    item: &TokenStream,
    environment: &dyn Environment,
) -> TokenStream {
    let args::Event {
        table,
        index,
        krate,
        options,
    } = args;

    let name = &function.name;
    let used = {
        let (
            index,
            Options {
                context,
                name: of_action,
                priority,
                cpus,
                ..
            },
        ) = (&index.tokens, &options);
        let (path, handle) = (
            &table.path,
            options.handle.as_ref().map(|handle| &handle.name),
        );
        quote!(#path #name #index #context #of_action #priority #cpus #handle #owned)
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
    let registration = |kind: &str, fields: &TokenStream, method: &str| {
        let (kind, method) = (
            Ident::new(kind, index_start),
            Ident::new(method, index_start),
        );
        quote_spanned! {index_start=>
            #krate_at_index::__private::#kind {
                of_table: &#companion, #fields
            }.#method #entry
        }
    };
    let function_field = quote_spanned!(ours=> with_handler: #name,);
    let plain = registration("Registration", &function_field, "entry");
    let [storage, either] = ["action", "entry"]
        .map(|method| registration("AliasRegistration", &function_field, method));
    let (kind, fields, error) = action_fields(&options, &krate, &companion, owned.as_ref(), name);
    let action = registration(kind, &fields, "entry");
    let owned = owned.unwrap_or_else(|| quote_spanned!(ours=> ()));
    let place = if options.handle.is_some() {
        "named"
    } else {
        "anonymous"
    };
    let place = Ident::new(place, ours);

    // The compiler may say this name in a message.
    let entry = format!("{}_HANDLER", name.unraw().to_string().to_uppercase());
    let entry = unlike(entry, &used, ours);
    let value = quote_spanned! {ours=>
        #import
        #companion! {
            (#krate) handler
            #label #entry [#plain] [#place #owned; #action] [[#storage] #either] #error
        }
    };
    let place = place_of(options.handle, function, &krate, &owned, &value);
    let place = module_level(
        &krate,
        call_site(item.clone().into_iter().next().as_ref()),
        &place,
    );
    quote!(#item #place)
}

/// The constant or, if the action has a name, the `static` with the entry.
fn place_of(
    handle: Option<args::Handle>,
    function: &item::Function,
    krate: &TokenStream,
    owned: &TokenStream,
    value: &TokenStream,
) -> TokenStream {
    let ours = Span::mixed_site();
    let item::Function {
        name,
        allowed,
        conditions,
        ..
    } = function;
    let Some(args::Handle {
        visibility,
        name: handle,
    }) = handle
    else {
        let anonymous = quote_spanned!(name.span()=> const _:);
        return quote_spanned! {ours=>
            #conditions
            #allowed
            #[cfg(not(doc))]
            #anonymous () = { #value };
        };
    };
    let text = format!("The static action of `{name}`.");
    // The compiler may say that there is such a name.
    let krate = respan(krate, handle.span());
    let end = quote_spanned!(handle.span()=> ;);
    let handle = quote_spanned! {handle.span()=>
        #visibility static #handle: #krate::StaticAction<#owned>
    };
    quote_spanned! {ours=>
        #conditions
        #allowed
        #[cfg(not(doc))]
        #[doc = #text]
        #handle = { #value } #end
        #conditions
        #[cfg(doc)]
        #[doc = #text]
        #handle = ::core::unreachable!() #end
    }
}

/// The type of the context that the action owns, if it is non-reentrant. Says what is wrong
/// with the second argument of the function.
fn owned_context(
    options: &Options,
    function: &item::Function,
    errors: &mut Errors,
) -> Option<TokenStream> {
    let context = function.context.as_ref();
    let reference = context.map(|context| syn::parse2(ungroup(context.clone())));
    match (&options.non_reentrant, &options.context, reference) {
        (Some(_), Some(_), Some(Ok(Type::Reference(reference))))
            if reference.mutability.is_some() =>
        {
            return Some(reference.elem.into_token_stream());
        }
        (Some(_), Some(_), _) => errors.push(error_on(
            context.map_or_else(|| function.name.to_token_stream(), Clone::clone),
            "a `non_reentrant` action owns its context: take it as a second argument, `&mut C`",
        )),
        (None, Some(_), Some(Ok(Type::Reference(reference)))) if reference.mutability.is_some() => {
            let context = reference.elem.into_token_stream();
            errors.push(error_on(
                &function.context,
                format!(
                    "all calls share the context: take it as `&{context}`, or add `non_reentrant` \
                     and write the first value of the context"
                ),
            ));
        }
        _ => {}
    }
    None
}

/// The registration of an action: its type, and its fields but for the table. And what to
/// say if there are options, and the table is none of actions.
fn action_fields(
    options: &Options,
    krate: &TokenStream,
    table: &Ident,
    owned: Option<&TokenStream>,
    handler: &Ident,
) -> (&'static str, TokenStream, TokenStream) {
    let ours = Span::mixed_site();
    let Options {
        first,
        name,
        shared,
        priority,
        context,
        cpus,
        counted,
        disabled,
        non_reentrant,
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
    let [shared, counted, disabled, non_reentrant] =
        [shared, counted, disabled, non_reentrant].map(Option::is_some);
    let priority = priority.clone().unwrap_or_else(|| quote!(0));
    // The context first: the type of the handler is then compared with that of this.
    let (kind, context) = match context {
        Some(context) => {
            let (start, end) = ends(context);
            let krate = respan(krate, start);
            let (kind, value) = if let Some(owned) = owned {
                let mut value = Group::new(Delimiter::Brace, quote!(of_context: #context));
                value.set_span(end);
                let value = quote_spanned!(start=> #krate::__private::Value::<#owned> #value);
                let value = parenthesized(value, end);
                let value = quote_spanned!(start=> #krate::Exclusive::new #value);
                ("NonReentrantRegistration", value)
            } else {
                // A `static`, so it is `Sync`. A `const` has no address: that is said here.
                let argument = parenthesized(quote_spanned!(ours=> context), end);
                let shared = quote_spanned!(start=> #krate::Shared::new #argument);
                let value = quote_spanned! {ours=>
                    {
                        let _ = &raw const #context;
                        let context = &#context;
                        unsafe { #shared }
                    }
                };
                ("ContextRegistration", value)
            };
            (kind, quote_spanned!(ours=> with_context: #value,))
        }
        None => ("ActionRegistration", TokenStream::new()),
    };
    let cpus = if let Some(cpus) = cpus {
        // The call that panics if no CPU is left underlines the set.
        let (start, end) = ends(cpus);
        let krate = respan(krate, start);
        let call = parenthesized(TokenStream::new(), end);
        let set = quote_spanned! {start=>
            #krate::__private::OnCpus {
                of_table: &#table, on_cpus: #cpus, is_non_reentrant: #non_reentrant,
            }.checked #call
        };
        quote_spanned!(ours=> ::core::option::Option::Some(#set))
    } else {
        quote_spanned!(ours=> ::core::option::Option::None)
    };
    let fields = quote_spanned! {ours=>
        #context
        with_handler: #handler,
        with_options: #krate::__private::Options {
            with_name: #name, is_shared: #shared, at_priority: #priority,
            is_counted: #counted, is_disabled: #disabled, on_cpus: #cpus,
        },
    };
    (kind, fields, error.unwrap_or_default())
}

#[cfg(test)]
mod tests;
