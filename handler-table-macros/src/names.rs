//! The names that a table and its handlers have in the program, and those of what the
//! macros write beside the user's.

use crate::args::Table;
use crate::tokens::{contains_word, ends, respan};
use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;
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
    /// How often this was asked before, with this number, in this compilation.
    fn repeated(&self, identity: u64) -> u64;
}

/// The name of the crate that is compiled.
pub(crate) fn krate_name(environment: &dyn Environment) -> String {
    match environment.variable("CARGO_CRATE_NAME") {
        Some(name) if Ident::parse_any.parse_str(&name).is_ok() => name,
        _ => "crate".to_owned(),
    }
}

/// The number of an event as an identifier.
pub(crate) fn event_name(index: u64) -> Ident {
    Ident::new(&format!("_{index}"), Span::mixed_site())
}

/// The crate and name of a table, and what tells it from every other one of that
/// name: an identifier for where it is declared, and another one for the same crate
/// in `cfg(test)`.
pub(crate) fn identities(name: &Ident, environment: &dyn Environment) -> (String, [Ident; 2]) {
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
    // What a `macro_rules!` body declares twice is in one place.
    let repeated = environment.repeated(hasher.finish());
    if repeated > 0 {
        repeated.hash(&mut hasher);
    }
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
///
/// An import says best what is wrong with a path, and once. The name is one that no token
/// of the user's has, and is what the compiler misses if there is no such macro.
pub(crate) fn companion(table: &Table) -> (TokenStream, Ident) {
    let path = &table.path;
    let span = path
        .segments
        .last()
        .map_or_else(Span::mixed_site, |last| last.ident.span());
    let name = Ident::new("handler_table_attribute_is_missing", span);
    (
        quote_spanned!(Span::mixed_site()=> use #path as #name;),
        name,
    )
}

/// The number of an event, as an expression: the event is compared with what the table
/// takes, on the user's token.
pub(crate) fn number(krate: &TokenStream, table: &Ident, index: &TokenStream) -> TokenStream {
    let ours = Span::mixed_site();
    let at_index = ends(index).0;
    let krate = respan(krate, at_index);
    let event = quote_spanned! {at_index=>
        #krate::__private::At { of_table: &#table, at_index: #index }.at_index
    };
    quote_spanned!(ours=> #event as ::core::primitive::usize)
}

/// The items, of which the compiler says once, at the attribute, that an `impl` and a `trait`
/// have no such items, and that they go to a module: with this attribute they are one macro
/// definition, until the compiler knows where it is.
pub(crate) fn module_level(krate: &TokenStream, site: Span, items: &TokenStream) -> TokenStream {
    // If there is no such crate, the definition stays, and the compiler does not warn of it.
    let name = Ident::new("handler_table", Span::mixed_site());
    let definition = quote_spanned!(site=> macro_rules! #name { () => {} });
    quote_spanned!(Span::mixed_site()=> #[#krate::__private::module_level(#items)] #definition)
}

/// The name, or a longer one if these tokens use it.
pub(crate) fn unlike(mut name: String, used: &TokenStream, span: Span) -> Ident {
    while contains_word(used, &name) {
        name.push('_');
    }
    Ident::new(&name, span)
}

#[cfg(test)]
pub(crate) mod tests;
