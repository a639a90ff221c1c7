//! What a kernel says of its interrupts: the listing in its output, in the shape of
//! `/proc/interrupts`.

/// An event of the listing of one CPU.
#[derive(Debug, PartialEq)]
pub(crate) struct Row {
    pub(crate) event: usize,
    pub(crate) count: u64,
    pub(crate) spurious: u64,
    mean: u64,
    max: u64,
    pub(crate) names: String,
}

/// Takes the listing out of a text.
pub(crate) fn split(text: &str) -> (Vec<&str>, String) {
    let lines: Vec<&str> = text.lines().collect();
    let is_head = |line: &&str| line.trim_start().starts_with("CPU0 ");
    let is_last = |line: &&str| line.trim_start().starts_with("ERR:");
    let start = lines.iter().position(is_head).unwrap_or(lines.len());
    let listing: Vec<&str> = lines[start..].to_vec();
    let end = listing.iter().position(is_last).map_or(0, |last| last + 1);
    let rest = [&lines[..start], &listing[end..]].concat();
    (listing[..end].to_vec(), rest.join("\n"))
}

/// Reads a listing of one CPU with times. Says what does not fit in it.
pub(crate) fn read(listing: &[&str]) -> Result<Vec<Row>, String> {
    let [head, rows @ .., sum, errors] = listing else {
        return Err("no listing".to_owned());
    };
    let head: Vec<&str> = head.split_whitespace().collect();
    if head != ["CPU0", "total", "spurious", "mean", "max"] {
        return Err(format!("the head of the listing: {head:?}"));
    }
    let rows: Vec<Row> = rows
        .iter()
        .map(|line| row(line))
        .collect::<Result<_, _>>()?;
    for row in &rows {
        let (mean, max) = (row.mean, row.max);
        if row.count == 0 || mean == 0 || mean > max {
            return Err(format!("no count or time: {row:?}"));
        }
    }
    let Some(("sum", numbers)) = numbers(sum) else {
        return Err(format!("no sum: {sum}"));
    };
    let all = |of: fn(&Row) -> u64| rows.iter().map(of).sum::<u64>();
    let count = all(|row| row.count);
    let max = rows.iter().map(|row| row.max).max().unwrap_or(0);
    let means = rows.iter().map(|row| row.mean);
    let mean = means.clone().min().unwrap_or(0)..=means.max().unwrap_or(0);
    if numbers[..3] != [count, count, all(|row| row.spurious)]
        || !mean.contains(&numbers[3])
        || numbers[4] != max
    {
        return Err(format!("a sum that is another: {sum}"));
    }
    if errors.split_whitespace().collect::<Vec<_>>() != ["ERR:", "0"] {
        return Err((*errors).to_owned());
    }
    Ok(rows)
}

fn row(line: &str) -> Result<Row, String> {
    let wrong = || format!("no event of a listing: {line}");
    let (event, [on_cpu, count, spurious, mean, max]) = numbers(line).ok_or_else(wrong)?;
    if on_cpu != count {
        return Err(wrong());
    }
    let names: Vec<&str> = line.split_whitespace().skip(6).collect();
    Ok(Row {
        event: event.parse().map_err(|_| wrong())?,
        count,
        spurious,
        mean,
        max,
        names: names.join(" "),
    })
}

/// What is before the colon, and the five numbers after it.
fn numbers(line: &str) -> Option<(&str, [u64; 5])> {
    let (label, rest) = line.trim_start().split_once(": ")?;
    let words = rest.split_whitespace().take(5);
    let numbers: Vec<u64> = words.map_while(|word| word.parse().ok()).collect();
    Some((label, numbers.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::{Row, read, split};

    const TEXT: &str = "\
unregistered event 0
           CPU0      total   spurious       mean        max
  0:        121        121          1       1731      73580  timer::tick
  3:         20         20          0      15574     133328  serial::send_next
sum:        141        141          1       3694     133328
ERR:          0
all well";

    #[test]
    fn a_listing_is_read() {
        let (listing, rest) = split(TEXT);
        assert_eq!(rest, "unregistered event 0\nall well");
        let timer = Row {
            event: 0,
            count: 121,
            spurious: 1,
            mean: 1731,
            max: 73580,
            names: "timer::tick".to_owned(),
        };
        let rows = read(&listing).unwrap();
        assert_eq!((rows.len(), &rows[0]), (2, &timer));
    }

    #[test]
    fn a_listing_that_does_not_fit_is_refused() {
        for (from, to) in [
            ("CPU0 ", "CPU1 "),
            ("   total", "   sum"),
            // A count on a CPU, and a total.
            ("      20  ", "      21  "),
            ("      121          1", "      122          1"),
            ("       0      15574", "       1      15574"),
            // A mean, and a maximum.
            ("1731", "0"),
            ("15574", "133329"),
            ("73580", "173580"),
            ("  1       3694", "  1       1694"),
            // The sums.
            ("141        141", "141        142"),
            ("ERR:          0", "ERR:          1"),
            ("sum:", " 15:"),
        ] {
            assert!(TEXT.contains(from), "{from}");
            let text = TEXT.replacen(from, to, 1);
            assert!(read(&split(&text).0).is_err(), "{text}");
        }
        assert!(read(&split("all well").0).is_err());
    }
}
