//! `--check`: what an image must have, and what it must not have.

use crate::report::{Handler, Report, Table};
use std::fmt::{self, Display};

/// The format, for `--help`.
pub const HELP: &str = "\
Each line of the file of --check is a rule: a table, an event and a function.

  kernel::IRQS 4 uart::receive      # event 4 must have this handler
  kernel::IRQS Irq::Timer *         # an event by its name, with any handler
  kernel::IRQS * uart::*            # any event, and a function whose path begins so
  !kernel::IRQS 7 *                 # event 7 must have no handler
  !* * debug::*                     # nor may such a function handle anything

An event is its number, or its type and variant. A `*` at the end of a word matches any
text. What follows a `#` is a comment.";

/// A rule of a file.
#[derive(Debug)]
struct Rule<'file> {
    line: usize,
    text: &'file str,
    is_forbidden: bool,
    table: &'file str,
    event: &'file str,
    function: &'file str,
}

/// A line that is no rule.
#[derive(Debug)]
pub struct BadLine {
    line: usize,
    text: String,
}

impl Display for BadLine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let BadLine { line, text } = self;
        write!(
            formatter,
            "line {line}, `{text}`, is not a rule: write a table, an event and a function, such \
             as `kernel::IRQS 4 uart::receive`; see --help"
        )
    }
}

impl std::error::Error for BadLine {}

/// Returns what is wrong with an image, by the rules in a file.
pub fn check(report: &Report<'_>, file: &str) -> Result<Vec<String>, BadLine> {
    let rules = file.lines().enumerate().filter_map(|(at, line)| {
        let text = line.split('#').next().unwrap_or_default().trim();
        (!text.is_empty()).then(|| rule(at + 1, text))
    });
    let rules = rules.collect::<Result<Vec<_>, _>>()?;
    Ok(rules
        .iter()
        .filter_map(|rule| rule.broken_by(report))
        .collect())
}

fn rule(line: usize, text: &str) -> Result<Rule<'_>, BadLine> {
    let (is_forbidden, words) = match text.strip_prefix('!') {
        Some(words) => (true, words),
        None => (false, text),
    };
    let words: Vec<&str> = words.split_whitespace().collect();
    let [table, event, function] = words[..] else {
        return Err(BadLine {
            line,
            text: text.to_owned(),
        });
    };
    Ok(Rule {
        line,
        text,
        is_forbidden,
        table,
        event,
        function,
    })
}

impl Rule<'_> {
    fn broken_by(&self, report: &Report<'_>) -> Option<String> {
        let mut handlers = report
            .tables
            .iter()
            .flat_map(|table| table.handlers.iter().map(move |handler| (table, handler)));
        let found = handlers.find(|&(table, handler)| self.matches(table, handler));
        let (line, text) = (self.line, self.text);
        match found {
            Some((table, handler)) if self.is_forbidden => Some(format!(
                "line {line}, `{text}`: `{}` handles event {} of `{}`",
                handler.function, handler.index, table.name
            )),
            None if !self.is_forbidden => {
                Some(format!("line {line}, `{text}`: there is no such handler"))
            }
            _ => None,
        }
    }

    fn matches(&self, table: &Table<'_>, handler: &Handler<'_>) -> bool {
        let is_event = matches(self.event, &handler.index.to_string())
            || handler.event.is_some_and(|name| matches(self.event, name));
        is_event && matches(self.table, table.name) && matches(self.function, handler.function)
    }
}

fn matches(pattern: &str, text: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => text.starts_with(start),
        None => text == pattern,
    }
}

#[cfg(test)]
mod tests {
    use super::{check, matches, rule};
    use crate::report::Report;

    #[test]
    fn a_star_is_at_the_end() {
        assert!(matches("*", "") && matches("a::*", "a::b") && matches("a", "a"));
        assert!(!matches("a::*", "a") && !matches("a", "ab") && !matches("*b", "ab"));
    }

    #[test]
    fn a_rule_has_three_words() {
        for text in ["", "a", "a b", "a b c d", "!", "! a b"] {
            assert!(rule(1, text).is_err(), "{text}");
        }
        assert!(rule(1, "!a b c").unwrap().is_forbidden);
        assert!(rule(1, "! a b c").unwrap().is_forbidden);
        let report = Report {
            tables: Vec::new(),
            undeclared: Vec::new(),
        };
        let error = check(&report, "# nothing\n\n a b # c\n").unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("line 3, `a b`, is not a rule")
        );
        assert_eq!(
            check(&report, "!* * *\na 1 b").unwrap(),
            ["line 2, `a 1 b`: there is no such handler"]
        );
    }
}
