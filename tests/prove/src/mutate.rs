//! A copy of the sources that is made wrong, one change at a time.

use crate::check::{Prove, Tree};
use crate::mistakes::{MISTAKES, Mistake};
use crate::source::Crate;
use std::fs;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Puts other code into a file of the copy.
pub(crate) struct Change {
    pub(crate) path: PathBuf,
    pub(crate) range: Range<usize>,
    pub(crate) to: String,
}

pub(crate) struct Copy {
    pub(crate) tree: Tree,
}

impl Copy {
    pub(crate) fn new(prove: &Prove) -> Self {
        let directory = prove.out.join("mistake");
        let _ = fs::remove_dir_all(&directory);
        // With new times, or cargo takes them for what it built last.
        copy(&prove.root, &directory).expect("the sources can be copied");
        let tree = Tree {
            directory,
            is_copy: true,
        };
        Copy { tree }
    }

    /// Makes a change, and takes it back after `then`.
    pub(crate) fn with<T>(&self, change: &Change, then: impl FnOnce(&Tree) -> T) -> T {
        let path = &change.path;
        let right = fs::read_to_string(path).expect("it was copied");
        let mut wrong = right.clone();
        wrong.replace_range(change.range.clone(), &change.to);
        fs::write(path, wrong).expect("the copy can be written");
        let result = then(&self.tree);
        fs::write(path, right).expect("as before");
        result
    }
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (name, path) = (entry.file_name(), entry.path());
        if name == "target" || name == ".git" {
            continue;
        }
        if path.is_dir() {
            copy(&path, &to.join(name))?;
        } else {
            fs::write(to.join(name), fs::read(path)?)?;
        }
    }
    Ok(())
}

/// The crates that mistakes are made in.
fn crates(root: &Path) -> Result<[Crate; 2], String> {
    let read = |package| Crate::read(&root.join(package).join("src"));
    Ok([read("handler-table")?, read("handler-table-macros")?])
}

impl Mistake {
    /// Where it is made in these sources.
    fn change(&self, crates: &[Crate]) -> Result<Change, String> {
        let places = crates
            .iter()
            .flat_map(|it| it.find(self.function, self.from));
        let mut places = places.collect::<Vec<_>>();
        match (places.pop(), places.len()) {
            (Some((file, range)), 0) => Ok(Change {
                path: file.path.clone(),
                range,
                to: self.to.to_owned(),
            }),
            (None, _) => Err(format!("`{}` does not say `{}`", self.function, self.from)),
            (_, more) => Err(format!("`{}` says it {} times", self.function, more + 1)),
        }
    }
}

/// Makes each mistake of a kind, for `judge` to find; it is told what to call it.
pub(crate) fn mistakes(prove: &Prove, kind: &str, judge: impl Fn(&Tree, &str, &str)) {
    let copy = Copy::new(prove);
    let crates = match crates(&copy.tree.directory) {
        Ok(crates) => crates,
        Err(error) => return prove.fails(&error, &prove.root),
    };
    for mistake in MISTAKES.iter().filter(|mistake| mistake.kind == kind) {
        let name = mistake.what.replace(' ', "-").replace(['`', ',', '!'], "");
        let name = format!("{kind}-{name}");
        let what = format!("{kind}: {}", mistake.what);
        match mistake.change(&crates) {
            Ok(change) => copy.with(&change, |tree| judge(tree, &name, &what)),
            Err(error) => prove.fails(
                &format!("{what}: {error}"),
                Path::new("tests/prove/src/mistakes.rs"),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So that whoever renames a function learns it from the tests.
    #[test]
    fn every_mistake_can_be_made_in_the_sources() {
        let crates = crates(&Prove::new().root).unwrap();
        let mut wrong = Vec::new();
        for mistake in MISTAKES {
            let result = mistake.change(&crates).and_then(|change| {
                let mut text = fs::read_to_string(&change.path).unwrap();
                text.replace_range(change.range, &change.to);
                // It may be wrong, but not so that it does not parse.
                syn::parse_file(&text).map_err(|error| error.to_string())
            });
            if let Err(error) = result {
                wrong.push(format!("{}: {error}", mistake.what));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
