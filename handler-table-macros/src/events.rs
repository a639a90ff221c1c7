//! What `#[derive(Events)]` and `events!` write: an implementation of `Events`, and a
//! macro of the same name as the type that hands out the list of its events.

use crate::args;
use crate::item::{attributes_end, conditions, visibility_end};
use crate::names::{Environment, identities};
use crate::tokens::{
    Errors, ends, error_on, is_pub, is_punct, is_word, parenthesized, split_commas, ungroup,
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

/// An entry of the list of `events!`.
struct Variant {
    name: Ident,
    /// Its `#[cfg(…)]` attributes.
    conditions: TokenStream,
}

impl Variant {
    fn is_always(&self) -> bool {
        self.conditions.is_empty()
    }
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
    let (krate, foreign) = options(attributes.flatten(), &mut errors);
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
    let mut ty = Type {
        visibility: input.vis.to_token_stream(),
        event: input.ident.to_token_stream(),
        shown: input.ident.clone(),
        name: input.ident,
        variants,
        krate,
    };
    if let Some(foreign) = foreign
        && let Some((_, foreign, _)) = self::foreign(foreign, &mut errors)
    {
        ty = Type {
            variants: ty.variants,
            krate: ty.krate,
            ..foreign
        };
    }
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
        &TokenStream::new(),
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
    let Some((attributes, ty, variants)) = foreign(args, &mut errors) else {
        return errors.into_tokens();
    };
    let errors = errors.into_tokens();
    let ours = Span::mixed_site();
    let Type {
        name,
        visibility,
        event,
        krate,
        ..
    } = &ty;
    let implementation = if variants.iter().all(Variant::is_always) {
        implementation(&ty, environment)
    } else {
        // A derive sees those variants only that are there.
        let conditional = format_ident!("__handler_table_events_of_{}", name, span = ours);
        let variants = variants.into_iter().map(
            |Variant {
                 mut name,
                 conditions,
             }| {
                name.set_span(ours.located_at(name.span()));
                quote!(#conditions #name)
            },
        );
        quote_spanned! {ours=>
            #[derive(#krate::Events)]
            #[events(crate = #krate, of = #visibility struct #name: #event { A })]
            enum #conditional { #(#variants),* }
        }
    };
    quote_spanned! {ours=>
        #errors
        #attributes
        #visibility enum #name {}
        #implementation
    }
}

/// Reads the arguments of `events!`: the attributes of the type but for ours, the type, and
/// its variants.
fn foreign(args: TokenStream, errors: &mut Errors) -> Option<(TokenStream, Type, Vec<Variant>)> {
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
    let pieces = split_commas(body.stream());
    if pieces.is_empty() {
        errors.push(error_on(
            name,
            "a type of events has at least one variant: list those that have handlers",
        ));
        return None;
    }
    let mut variants: Vec<Variant> = Vec::new();
    for piece in pieces {
        let variant = match variant(&piece) {
            Ok(variant) => variant,
            // The others are most likely wrong in the same way.
            Err(error) => {
                errors.push(error);
                return None;
            }
        };
        let is_same = |other: &Variant| other.name == variant.name && other.is_always();
        if variant.is_always() && variants.iter().any(is_same) {
            let name = &variant.name;
            let message = format!("`{name}` is listed twice");
            errors.push(error_on(name, message));
        } else {
            variants.push(variant);
        }
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
    let (krate, _) = options(pairs().filter_map(is_ours), errors);
    let others = pairs().filter(|attribute| is_ours(attribute).is_none());
    let others = others.flatten().cloned().collect();
    let ty = Type {
        name: name.clone(),
        visibility: visibility.iter().cloned().collect(),
        event: path,
        shown: last,
        variants: variants
            .iter()
            .map(|variant| variant.name.clone())
            .collect(),
        krate,
    };
    Some((others, ty, variants))
}

/// Reads a variant in the list of `events!`. Of its attributes, only `#[cfg(…)]` matters.
fn variant(piece: &TokenStream) -> syn::Result<Variant> {
    let trees: Vec<TokenTree> = ungroup(piece.clone()).into_iter().collect();
    let (attributes, rest) = trees.split_at(attributes_end(&trees));
    let wrong = |site: &[TokenTree], message| {
        let site = site.iter().cloned().collect::<TokenStream>();
        Err(error_on(
            if site.is_empty() { piece.clone() } else { site },
            message,
        ))
    };
    match rest {
        [TokenTree::Ident(name)] => Ok(Variant {
            name: name.clone(),
            conditions: conditions(attributes),
        }),
        [TokenTree::Ident(_), equals, ..] if is_punct(Some(equals), '=') => wrong(
            &rest[1..],
            "write the name only: the number of an event is the discriminant in the enum",
        ),
        [.., TokenTree::Punct(_), TokenTree::Ident(name)]
            if syn::parse2::<Path>(rest.iter().cloned().collect()).is_ok() =>
        {
            let message = format!("write `{name}`: the path of the enum is before the braces");
            wrong(rest, &message)
        }
        _ => wrong(rest, "expected the name of a variant, such as `UART0`"),
    }
}

/// The path of `handler_table`, from `#[events(crate = path)]` if it is there; and the
/// arguments of the `events!` that wrote the attribute.
fn options(
    attributes: impl Iterator<Item = TokenStream>,
    errors: &mut Errors,
) -> (TokenStream, Option<TokenStream>) {
    let (mut krate, mut foreign) = (None, None);
    for arguments in attributes {
        krate = args::events(arguments, &mut foreign, errors).or(krate);
    }
    (krate.unwrap_or_else(args::default_crate), foreign)
}

fn implementation(ty: &Type, environment: &dyn Environment) -> TokenStream {
    let Type {
        event, variants, ..
    } = ty;
    let ours = Span::mixed_site();
    let slots: Vec<usize> = (0..variants.len()).collect();
    // The call that panics if it is no number of an event underlines the variant.
    let numbers: Vec<TokenStream> = variants
        .iter()
        .map(|variant| {
            let at_variant = variant.span();
            let list = Ident::new(LIST, at_variant);
            let argument = quote_spanned!(at_variant=> <#event>::#variant);
            let argument = quote_spanned!(ours=> discriminant(#argument));
            let argument = parenthesized(argument, at_variant);
            quote_spanned!(at_variant=> #list::number #argument)
        })
        .collect();
    // The only cast, at the enum: it may have fields.
    let at_event = ends(event).1;
    let argument = Ident::new("event", at_event);
    let cast = quote_spanned!(at_event=> #argument as ::core::primitive::i128);
    let discriminant = quote_spanned! {ours=>
        #[inline]
        const fn discriminant(#argument: #event) -> ::core::primitive::i128 {
            #cast
        }
    };
    let number = quote_spanned!(ours=> discriminant(event) as ::core::primitive::usize);
    let ht = Ident::new(PRIVATE, ours);
    let slot_of = quote_spanned! {ours=>
        if const { !<Self as #ht::Events>::LIST.is_dense() } {
            return number;
        }
        #(
            if number == const { <Self as #ht::Events>::LIST.number_at(#slots) } {
                return #slots;
            }
        )*
        ::core::primitive::usize::MAX
    };
    let implementation = trait_of(ty, &numbers, &discriminant, &number, &slot_of);
    let companion = companion(ty, &slots, environment);
    quote!(#implementation #companion)
}

/// What the implementation calls the module of what macros expand to, and a list of events.
const PRIVATE: &str = "__handler_table";
const LIST: &str = "__HandlerTableList";

/// The implementation of the trait, with the numbers of the variants, or none; and with
/// two of its functions, and what they use.
///
/// The path of the crate is there once: the compiler says once that there is none.
fn trait_of(
    ty: &Type,
    numbers: &[TokenStream],
    discriminant: &TokenStream,
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
    let (ht, list) = (Ident::new(PRIVATE, ours), Ident::new(LIST, ours));
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
        #[allow(deprecated)]
        const _: () = {
            use #krate::__private as #ht;
            use #ht::List as #list;

            #discriminant

            #[automatically_derived]
            impl #ht::Events for #name {
                type Event = #event;

                #capacity

                const LIST: #list = #list::of(&[#(#numbers),*], #names);

                type Error<__T> = #ht::Named<__T>;

                #[inline]
                fn number(event: #event) -> ::core::primitive::usize {
                    #number
                }

                #[inline]
                fn slot_of(number: ::core::primitive::usize) -> ::core::primitive::usize {
                    #slot_of
                }

                fn error<__T>(error: __T, number: ::core::primitive::usize) -> #ht::Named<__T> {
                    #ht::Named::new::<#name>(error, number)
                }
            }
        };
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
