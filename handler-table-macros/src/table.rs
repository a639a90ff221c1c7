//! What `#[handler_table]` writes: the table, its entry, and a macro of the same name
//! that hands out the table's identity. For the spans see `handler`.

use crate::args;
use crate::item::{self, Kind, Static};
use crate::names::{Environment, identities, krate_name, module_level, unlike};
use crate::tokens::{Errors, call_site, ends, is_pub, parenthesized, punct};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::Error;
use syn::ext::IdentExt;

/// `#[handler_table]` on a static: the table, its entry, and a macro of the same
/// name that hands out the table's identity.
pub(crate) fn handler_table(
    args: TokenStream,
    item: &TokenStream,
    environment: &dyn Environment,
) -> TokenStream {
    let mut errors = Errors::default();
    if item::is_function(item) {
        let error = on_function(&args, item).into_compile_error();
        return quote!(#error #item);
    }
    let krate = args::declaration(args, &mut errors);
    let declaration = match item::declaration(item, &mut errors) {
        Ok(declaration) => declaration,
        Err(item) => {
            let errors = errors.into_tokens();
            return quote!(#errors #item);
        }
    };
    let krate = krate.unwrap_or_else(args::default_crate);
    let errors = errors.into_tokens();

    let ours = Span::mixed_site();
    let (path, identities) = identities(&declaration.name, environment);
    let krate_name = Ident::new(&krate_name(environment), ours);
    let table = table(&declaration, &krate);
    // The path of the crate is in imports only: the compiler says once that there is none.
    let private = Ident::new("__handler_table", ours);
    let Static {
        visibility,
        name,
        ty,
        events,
        allowed,
        conditions,
        kind: kind_of_table,
        ..
    } = declaration;
    let kind = match kind_of_table {
        Kind::Functions => "functions",
        Kind::Actions => "actions",
        Kind::Alias => "alias",
    };
    let kind = Ident::new(kind, ours);

    let entry = entry((&name, &ty), kind_of_table, &private, &path);

    let [identity, identity_in_test] = &identities;
    let companion = format_ident!("__handler_table_{}_{}", name, identity, span = ours);
    let exported =
        is_pub(&visibility).then(|| quote_spanned!(ours=> #[doc(hidden)] #[macro_export]));
    // The crate that is tested may be in the program twice: as what is tested, and as
    // what the crates use that the tests need.
    let companions = [
        (quote_spanned!(ours=> not(any(test, doc))), identity),
        (quote_spanned!(ours=> all(test, not(doc))), identity_in_test),
    ];
    let companions = companions.map(|(condition, identity)| {
        let table = quote_spanned!(ours=> #kind [#krate_name #name #identity]);
        // The macro of the events knows their list.
        if let Some(events) = &events {
            let module = format_ident!("{}_events", companion, span = ours);
            let dollar = punct('$', ours);
            let exported_in = exported.is_none().then(|| quote_spanned!(ours=> (crate)));
            quote_spanned! {ours=>
                #conditions
                #[cfg(#condition)]
                #events! {
                    (#krate::__private::companion)
                    (#dollar) [#exported] [pub #exported_in] [#visibility]
                    #module #companion #table
                }
            }
        } else {
            quote_spanned! {ours=>
                #conditions
                #[cfg(#condition)]
                #exported
                macro_rules! #companion {
                    (($($krate:tt)+) all $($rest:tt)*) => {
                        $($krate)+::__private::all! { #table [] $($rest)* }
                    };
                    (($($krate:tt)+) $what:ident $($rest:tt)*) => {
                        $($krate)+::__private::$what! { #table $($rest)* }
                    };
                }
                #conditions
                #[cfg(#condition)]
                #[doc(hidden)]
                #[allow(unused_imports)]
                #visibility use #companion as #name;
            }
        }
    });
    let items = quote_spanned! {ours=>
        #table
        #conditions
        #allowed
        const _: () = {
            use #krate::__private as #private;
            #entry
        };
        #(#companions)*
    };
    let site = call_site(item.clone().into_iter().next().as_ref());
    let items = module_level(&krate, site, &items);
    quote!(#errors #items)
}

/// The entry: where the table is, its events, and how far it is loaded.
fn entry(
    (name, ty): (&Ident, &TokenStream),
    kind: Kind,
    private: &Ident,
    path: &str,
) -> TokenStream {
    let ours = Span::mixed_site();
    let used = quote!(#name #ty);
    let [load, declaration] =
        ["LOAD", "DECLARATION"].map(|name| unlike(name.to_owned(), &used, ours));
    // The compiler may say this name in a message.
    let entry = unlike(format!("{}_DECLARATION", name.unraw()), &used, ours);
    let (type_start, type_end) = ends(ty);
    let private_at_type = Ident::new(&private.to_string(), type_start);
    let argument = parenthesized(quote_spanned!(ours=> &#name, list, #path), type_end);
    let unknown_kind = (kind == Kind::Alias)
        .then(|| quote_spanned!(ours=> #[allow(unused_imports)] use #private::UnknownKind as _;));
    let declared = match kind {
        Kind::Functions => quote_spanned!(type_start=> #private_at_type::slots #argument),
        Kind::Actions => quote_spanned!(type_start=> #private_at_type::events #argument),
        Kind::Alias => {
            quote_spanned!(type_start=> #private_at_type::Probe::<#ty>::KIND.declared #argument)
        }
    };
    quote_spanned! {ours=>
        static #load: #private::Load = #private::idle();
        #private::entry! {
            static #entry = {
                static #declaration: #private::Declaration = {
                    #[allow(unused_imports)]
                    use #private::Unknown as _;
                    #unknown_kind
                    let list = #private::Probe::<#ty>::LIST;
                    #declared
                };
                unsafe { #private::Entry::table(&#declaration, &#load) }
            };
        }
    }
}

/// The error for a function, which is what `#[event_handler]` is for.
fn on_function(args: &TokenStream, item: &TokenStream) -> Error {
    let args = if args.is_empty() {
        "TABLE, INDEX".to_owned()
    } else {
        args.to_string()
    };
    let message = format!(
        "`#[handler_table]` declares a table, on a `static`: to register this function write \
         `#[event_handler({args})]`"
    );
    let site = call_site(item.clone().into_iter().next().as_ref());
    Error::new(site, message)
}

/// The static with its value: no handlers, and the proof that they are function
/// pointers.
fn table(declaration: &Static, krate: &TokenStream) -> TokenStream {
    let Static {
        head,
        name,
        ty,
        handler,
        semicolon,
        kind,
        ..
    } = declaration;
    let ours = Span::mixed_site();
    let colon = punct(':', name.span());
    let equals = punct('=', semicolon.span());

    // Underlined are the whole type, if it is none of a table; and that of its
    // handlers, if they are no function pointers.
    let (start, end) = ends(ty);
    let of_kind = Ident::new("__handler_table_kind", start);
    let (handler_start, handler_end) = ends(handler.as_ref().unwrap_or(ty));
    let function = Ident::new("function", handler_start);
    let cast = quote_spanned!(handler_end=> as *const _);
    let closure = quote_spanned!(ours=> |#function| #function #cast);
    let proof = parenthesized(closure, end);
    let value = match kind {
        Kind::Functions => {
            let call = quote_spanned!(start=> #of_kind::with_proof #proof);
            quote_spanned!(ours=> { use #krate::HandlerTable as #of_kind; unsafe { #call } })
        }
        Kind::Actions => {
            let nothing = parenthesized(TokenStream::new(), end);
            let call = quote_spanned!(start=> #of_kind::new #nothing);
            quote_spanned!(ours=> { use #krate::ActionTable as #of_kind; #call })
        }
        Kind::Alias => {
            let call = quote_spanned!(start=> #of_kind.with_proof #proof);
            quote_spanned! {ours=>
                {
                    #[allow(unused_imports)]
                    use #krate::__private::UnknownKind as _;
                    let #of_kind = #krate::__private::Probe::<#ty>::KIND;
                    unsafe { #call }
                }
            }
        }
    };
    quote!(#(#head)* #name #colon #ty #equals #value #semicolon)
}

#[cfg(test)]
mod tests;
