//! What the attributes write.
//!
//! Two kinds of spans. What the compiler may complain about in the user's words
//! (a function of another type, an index out of range) has the span of the
//! user's token. All else has `mixed_site`: it is ours, lints leave it alone,
//! and what the user calls `core`, `Some` or `concat` does not matter to it.

use crate::args::{self, Options, Table};
use crate::item::{self, Static};
use crate::tokens::{Errors, call_site, contains_word, error_on, punct, ungroup};
use proc_macro2::{Delimiter, Group, Ident, Literal, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use std::hash::{DefaultHasher, Hash, Hasher};
use syn::ext::IdentExt;
use syn::parse::Parser;

/// What is known of the compilation, and of a place in the source.
pub(crate) trait Environment {
    /// The file, as `file!()` would give it.
    fn file(&self, span: Span) -> String;
    /// The line, from 1.
    fn line(&self, span: Span) -> usize;
    /// The column, from 1.
    fn column(&self, span: Span) -> usize;
    /// An environment variable.
    fn variable(&self, name: &str) -> Option<String>;
}

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
    // item is underlined, all of which stands at the name of the function.
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

/// `#[handler_table]` on a static: the table, its entry, and a macro of the same
/// name that hands out the table's identity.
pub(crate) fn handler_table(
    args: TokenStream,
    item: &TokenStream,
    environment: &dyn Environment,
) -> TokenStream {
    let mut errors = Errors::default();
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
    let Static {
        visibility,
        name,
        ty,
        conditions,
        actions,
        ..
    } = declaration;
    let kind = Ident::new(if actions { "actions" } else { "functions" }, ours);
    let constructor = Ident::new(if actions { "actions" } else { "table" }, ours);

    let load = unlike("LOAD".to_owned(), &name.to_token_stream(), ours);
    // The compiler may say this name in a message.
    let entry = format!("{}_DECLARATION", name.unraw());
    let entry = unlike(entry, &name.to_token_stream(), ours);
    let (type_start, type_end) = ends(&ty);
    let krate_at_type = respan(&krate, type_start);
    let arguments = parenthesized(quote_spanned!(ours=> &#name, #path, &#load), type_end);
    let value = quote_spanned!(type_start=> #krate_at_type::__private::Entry::#constructor);
    let value = quote_spanned!(ours=> unsafe { #value #arguments });

    let [identity, identity_in_test] = &identities;
    let companion = format_ident!("__handler_table_{}_{}", name, identity, span = ours);
    let exported =
        is_pub(&visibility).then(|| quote_spanned!(ours=> #[doc(hidden)] #[macro_export]));
    // The crate that is tested may be in the program twice: as what is tested, and as
    // what the crates use that the tests need.
    let companions = [
        (quote_spanned!(ours=> not(test)), identity),
        (quote_spanned!(ours=> test), identity_in_test),
    ];
    let companions = companions.map(|(condition, identity)| {
        quote_spanned! {ours=>
            #conditions
            #[cfg(#condition)]
            #exported
            macro_rules! #companion {
                (($($krate:tt)+) $what:ident $($rest:tt)*) => {
                    $($krate)+::__private::$what! {
                        #kind [#krate_name #name #identity] $($rest)*
                    }
                };
            }
        }
    });
    quote_spanned! {ours=>
        #errors
        #table
        #conditions
        const _: () = {
            static #load: #krate::__private::Load = #krate::__private::idle();
            #krate::__private::entry! {
                static #entry = #value;
            }
        };
        #(#companions)*
        #conditions
        #[doc(hidden)]
        #[allow(unused_imports)]
        #visibility use #companion as #name;
    }
}

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

/// The static with its value: no handlers, and the proof that they are function
/// pointers.
fn table(declaration: &Static, krate: &TokenStream) -> TokenStream {
    let Static {
        head,
        name,
        ty,
        handler,
        semicolon,
        actions,
        ..
    } = declaration;
    let ours = Span::mixed_site();
    let colon = punct(':', name.span());
    let equals = punct('=', semicolon.span());

    // Underlined are the whole type, if it is none of a table; and that of its
    // handlers, if they are no function pointers.
    let (start, end) = ends(ty);
    let krate_at_start = respan(krate, start);
    if *actions {
        let nothing = parenthesized(TokenStream::new(), end);
        let value = quote_spanned!(start=> #krate_at_start::ActionTable::new #nothing);
        return quote!(#(#head)* #name #colon #ty #equals #value #semicolon);
    }
    let (handler_start, handler_end) = ends(handler.as_ref().unwrap_or(ty));
    let krate_at_handler = respan(krate, handler_end);
    let function = Ident::new("function", handler_start);
    let cast = quote_spanned!(handler_end=> as *const #krate_at_handler::FunctionPointer<_>);
    let closure = quote_spanned!(ours=> |#function| #function #cast);
    let proof = parenthesized(closure, end);
    let call = quote_spanned!(start=> #krate_at_start::HandlerTable::with_proof #proof);
    let value = quote_spanned!(ours=> unsafe { #call });
    quote!(#(#head)* #name #colon #ty #equals #value #semicolon)
}

/// The name of the crate that is compiled.
fn krate_name(environment: &dyn Environment) -> String {
    match environment.variable("CARGO_CRATE_NAME") {
        Some(name) if Ident::parse_any.parse_str(&name).is_ok() => name,
        _ => "crate".to_owned(),
    }
}

/// The number of an event as an identifier.
fn event_name(index: u64) -> Ident {
    Ident::new(&format!("_{index}"), Span::mixed_site())
}

/// The crate and name of a table, and what tells it from every other one of that
/// name: an identifier for where it is declared, and another one for the same crate
/// in `cfg(test)`.
fn identities(name: &Ident, environment: &dyn Environment) -> (String, [Ident; 2]) {
    let variable = |name: &str| environment.variable(name).unwrap_or_default();
    let path = format!("{}::{name}", krate_name(environment));

    // Relative to the package, or two machines would build different symbols.
    let file = environment.file(name.span());
    let directory = variable("CARGO_MANIFEST_DIR");
    let file = file.strip_prefix(&directory).unwrap_or(&file);
    let mut hasher = DefaultHasher::new();
    path.hash(&mut hasher);
    variable("CARGO_PKG_VERSION").hash(&mut hasher);
    // A library and a program of one package may have one name, and a file in common.
    variable("CARGO_BIN_NAME").hash(&mut hasher);
    file.hash(&mut hasher);
    environment.line(name.span()).hash(&mut hasher);
    environment.column(name.span()).hash(&mut hasher);
    let identities = [false, true].map(|test| {
        let mut hasher = hasher.clone();
        test.hash(&mut hasher);
        let hash = format!("{:016x}", hasher.finish());
        // An identifier starts with a letter.
        let letter = char::from(b'a' + hash.as_bytes()[0] % 6);
        Ident::new(&format!("{letter}{}", &hash[1..8]), Span::mixed_site())
    });
    (path, identities)
}

/// What brings a table and its companion into scope, and their name there.
fn companion(table: &Table) -> (Option<TokenStream>, TokenStream) {
    let path = &table.path;
    match path.segments.last() {
        Some(last) if path.get_ident().is_none() => {
            // An import says best what is wrong with a path, and once.
            let import = quote_spanned!(Span::mixed_site()=> use #path;);
            (Some(import), last.ident.to_token_stream())
        }
        _ => (None, path.to_token_stream()),
    }
}

/// The name, or a longer one if these tokens use it.
fn unlike(mut name: String, used: &TokenStream, span: Span) -> Ident {
    while contains_word(used, &name) {
        name.push('_');
    }
    Ident::new(&name, span)
}

/// Whether everybody can see it.
fn is_pub(visibility: &TokenStream) -> bool {
    matches!(
        syn::parse2::<syn::Visibility>(ungroup(visibility.clone())),
        Ok(syn::Visibility::Public(_))
    )
}

/// The places of the first token and of the last one.
fn ends(tokens: &TokenStream) -> (Span, Span) {
    let mut spans = ungroup(tokens.clone()).into_iter().map(|tree| tree.span());
    let first = spans.next().unwrap_or_else(Span::call_site);
    (first, spans.last().unwrap_or(first))
}

/// The tokens in parentheses that stand at a place.
fn parenthesized(tokens: TokenStream, span: Span) -> Group {
    let mut group = Group::new(Delimiter::Parenthesis, tokens);
    group.set_span(span);
    group
}

/// The tokens of a path at another place.
fn respan(path: &TokenStream, span: Span) -> TokenStream {
    let trees = path.clone().into_iter().map(|mut tree| {
        tree.set_span(span);
        tree
    });
    trees.collect()
}

#[cfg(test)]
mod tests;
