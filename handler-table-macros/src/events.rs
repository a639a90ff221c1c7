//! What `#[derive(Events)]` and `events!` write: an implementation of `Events`, and a
//! macro of the same name as the type that hands out the list of its events.

use crate::args;
use crate::item::{attributes_end, visibility_end};
use crate::names::{Environment, identities};
use crate::tokens::{
    Errors, error_on, is_pub, is_punct, is_word, parenthesized, respan, split_commas, ungroup,
};
use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Data, DeriveInput, Fields, Path};

/// A type of events.
struct Type {
    name: Ident,
    visibility: TokenStream,
    /// The enum, for a derived one the type itself.
    event: TokenStream,
    /// How messages call the enum.
    shown: Ident,
    variants: Vec<Ident>,
    krate: TokenStream,
}

/// `#[derive(Events)]` on an enum without fields.
pub(crate) fn derive(item: TokenStream, environment: &dyn Environment) -> TokenStream {
    let input = match syn::parse2::<DeriveInput>(item) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    let mut errors = Errors::default();
    let attributes = input.attrs.iter().map(|attribute| match &attribute.meta {
        syn::Meta::List(list) if list.path.is_ident("events") => Some(list.tokens.clone()),
        _ => None,
    });
    let krate = crate_path(attributes.flatten(), &mut errors);
    let no_enum = "a type of events is an enum without fields";
    let mut variants = Vec::new();
    match &input.data {
        Data::Enum(data) => {
            for variant in &data.variants {
                if !matches!(variant.fields, Fields::Unit) {
                    errors.push(error_on(
                        &variant.fields,
                        "an event is a number and nothing else: leave the fields out, and pass \
                         data to handlers as their argument",
                    ));
                }
                variants.push(variant.ident.clone());
            }
            if variants.is_empty() {
                let message = "a type of events has at least one variant";
                errors.push(error_on(&input.ident, message));
            }
        }
        Data::Struct(data) => errors.push(error_on(data.struct_token.to_token_stream(), no_enum)),
        Data::Union(data) => errors.push(error_on(data.union_token.to_token_stream(), no_enum)),
    }
    if !input.generics.params.is_empty() {
        errors.push(error_on(
            &input.generics,
            "a type of events has no parameters: it is one list of events",
        ));
    }
    let ty = Type {
        visibility: input.vis.to_token_stream(),
        event: input.ident.to_token_stream(),
        shown: input.ident.clone(),
        name: input.ident,
        variants,
        krate,
    };
    if errors.count() == 0 {
        return implementation(&ty, environment);
    }
    let errors = errors.into_tokens();
    if !input.generics.params.is_empty() {
        return errors;
    }
    // What uses the type is not to be wrong as well.
    let event = &ty.event;
    let ours = Span::mixed_site();
    let method = quote_spanned!(ours=> ::core::primitive::usize::MAX);
    let implementation = trait_of(
        &ty,
        &[],
        &quote_spanned!(ours=> let _: #event = event; #method),
        &method,
    );
    let companion = companion(&ty, &[], environment);
    quote!(#errors #implementation #companion)
}

/// `events! { pub struct Pac: pac::Interrupt { UART0, TIM } }`: a type of events for an
/// enum of another crate.
pub(crate) fn events(args: TokenStream, environment: &dyn Environment) -> TokenStream {
    let mut errors = Errors::default();
    let Some((attributes, ty)) = foreign(args, &mut errors) else {
        return errors.into_tokens();
    };
    let errors = errors.into_tokens();
    let implementation = implementation(&ty, environment);
    let Type {
        name, visibility, ..
    } = &ty;
    let ours = Span::mixed_site();
    quote_spanned! {ours=>
        #errors
        #attributes
        #visibility enum #name {}
        #implementation
    }
}

/// Reads the arguments of `events!`: the attributes of the type but for ours, and the type.
fn foreign(args: TokenStream, errors: &mut Errors) -> Option<(TokenStream, Type)> {
    const EXPECTED: &str = "expected `events! { pub struct NAME: PATH { VARIANT, … } }`, for \
                            example `pub struct Pac: pac::Interrupt { UART0, TIM1 }`";
    let trees: Vec<TokenTree> = ungroup(args).into_iter().collect();
    let (attributes, rest) = trees.split_at(attributes_end(&trees));
    let (visibility, rest) = rest.split_at(visibility_end(rest));
    let [
        keyword,
        TokenTree::Ident(name),
        colon,
        path @ ..,
        TokenTree::Group(body),
    ] = rest
    else {
        let site = rest.first().map(ToTokens::to_token_stream);
        let error = match site {
            Some(token) => error_on(token, EXPECTED),
            None => syn::Error::new(Span::call_site(), EXPECTED),
        };
        errors.push(error);
        return None;
    };
    if !is_word(Some(keyword), "struct") || !is_punct(Some(colon), ':') {
        errors.push(error_on(keyword, EXPECTED));
        return None;
    }
    let path: TokenStream = path.iter().cloned().collect();
    let Some(last) = syn::parse2::<Path>(ungroup(path.clone()))
        .ok()
        .and_then(|path| path.segments.last().map(|last| last.ident.clone()))
    else {
        errors.push(error_on(
            if path.is_empty() {
                colon.to_token_stream()
            } else {
                path
            },
            "expected the path of an enum, such as `pac::Interrupt`",
        ));
        return None;
    };
    if body.delimiter() != Delimiter::Brace {
        errors.push(error_on(body, EXPECTED));
        return None;
    }
    let variants = split_commas(body.stream()).into_iter().filter_map(|piece| {
        errors.keep(
            syn::parse2::<Ident>(ungroup(piece.clone()))
                .map_err(|_| error_on(piece, "expected the name of a variant, such as `UART0`")),
        )
    });
    let variants: Vec<Ident> = variants.collect();
    if variants.is_empty() {
        errors.push(error_on(
            name,
            "a type of events has at least one variant: list those that have handlers",
        ));
        return None;
    }

    let is_ours = |attribute: &[TokenTree]| match attribute {
        [_, TokenTree::Group(group)] => {
            let mut trees = group.stream().into_iter();
            match (trees.next(), trees.next()) {
                (name, Some(TokenTree::Group(arguments))) if is_word(name.as_ref(), "events") => {
                    Some(arguments.stream())
                }
                _ => None,
            }
        }
        _ => None,
    };
    let pairs = || attributes.chunks_exact(2);
    let krate = crate_path(pairs().filter_map(is_ours), errors);
    let others = pairs().filter(|attribute| is_ours(attribute).is_none());
    let others = others.flatten().cloned().collect();
    let ty = Type {
        name: name.clone(),
        visibility: visibility.iter().cloned().collect(),
        event: path,
        shown: last,
        variants,
        krate,
    };
    Some((others, ty))
}

/// The path of `handler_table`, from `#[events(crate = path)]` if it is there.
fn crate_path(attributes: impl Iterator<Item = TokenStream>, errors: &mut Errors) -> TokenStream {
    let krate = attributes
        .filter_map(|arguments| args::crate_only(arguments, errors))
        .last();
    krate.unwrap_or_else(args::default_crate)
}

fn implementation(ty: &Type, environment: &dyn Environment) -> TokenStream {
    let Type {
        name,
        event,
        variants,
        krate,
        ..
    } = ty;
    let ours = Span::mixed_site();
    let slots: Vec<usize> = (0..variants.len()).collect();
    // The call that panics if it is no number of an event underlines the variant.
    let numbers: Vec<TokenStream> = variants
        .iter()
        .map(|variant| {
            let at_variant = variant.span();
            let krate = respan(krate, at_variant);
            let argument = quote_spanned!(ours=> #event::#variant as ::core::primitive::i128);
            let argument = parenthesized(argument, at_variant);
            quote_spanned!(at_variant=> #krate::__private::List::number #argument)
        })
        .collect();
    let number = quote_spanned!(ours=> event as ::core::primitive::usize);
    let slot_of = quote_spanned! {ours=>
        if const { !<#name as #krate::Events>::LIST.is_dense() } {
            return number;
        }
        #(
            if number == #event::#variants as ::core::primitive::usize {
                return #slots;
            }
        )*
        ::core::primitive::usize::MAX
    };
    let implementation = trait_of(ty, &numbers, &number, &slot_of);
    let companion = companion(ty, &slots, environment);
    quote!(#implementation #companion)
}

/// The implementation of the trait, with the numbers of the variants, or none; and with
/// two of its functions.
fn trait_of(
    ty: &Type,
    numbers: &[TokenStream],
    number: &TokenStream,
    slot_of: &TokenStream,
) -> TokenStream {
    let Type {
        name,
        event,
        shown,
        variants,
        krate,
        ..
    } = ty;
    let ours = Span::mixed_site();
    let names = variants
        .iter()
        .take(numbers.len())
        .map(|variant| format!("{}::{}", shown.unraw(), variant.unraw()));
    let names = names.collect::<Vec<_>>().join("\n");
    // That of a type in error is of no consequence, but no table is without slots.
    let capacity = numbers
        .is_empty()
        .then(|| quote_spanned!(ours=> const CAPACITY: ::core::primitive::usize = 1;));
    quote_spanned! {ours=>
        #[automatically_derived]
        #[allow(deprecated)]
        impl #krate::Events for #name {
            type Event = #event;

            #capacity

            const LIST: #krate::__private::List =
                #krate::__private::List::of(&[#(#numbers),*], #names);

            type Error<__T> = #krate::Named<__T>;

            #[inline]
            fn number(event: #event) -> ::core::primitive::usize {
                #number
            }

            #[inline]
            fn slot_of(number: ::core::primitive::usize) -> ::core::primitive::usize {
                #slot_of
            }

            fn error<__T>(error: __T, number: ::core::primitive::usize) -> #krate::Named<__T> {
                #krate::Named::new::<#name>(error, number)
            }
        }
    }
}

/// The macro that hands out the list of the events that have these slots.
fn companion(ty: &Type, slots: &[usize], environment: &dyn Environment) -> TokenStream {
    let Type {
        name,
        visibility,
        shown,
        variants,
        ..
    } = ty;
    let ours = Span::mixed_site();
    let shown = shown.unraw();
    let variants = variants.iter().take(slots.len());
    let (_, [identity, _]) = identities(name, environment);
    let list = format_ident!("__handler_table_events_{}_{}", name, identity, span = ours);
    let exported = is_pub(visibility).then(|| quote_spanned!(ours=> #[macro_export]));
    quote_spanned! {ours=>
        #[cfg(not(doc))]
        #[doc(hidden)]
        #exported
        macro_rules! #list {
            (($($callback:tt)+) $($rest:tt)*) => {
                $($callback)+! { $($rest)* [#shown #([#slots #variants])*] }
            };
        }
        #[cfg(not(doc))]
        #[doc(hidden)]
        #[allow(unused_imports)]
        #visibility use #list as #name;
    }
}

#[cfg(test)]
mod tests;
