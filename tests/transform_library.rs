//! Plans made up for real files: those of Python's own library, judged by Python's own `ast`.

mod transform_support;

use std::path::{Path, PathBuf};
use std::process::Command;
use transform_support::File;
use transform_support::oracle::{Choices, Oracle, any_plan};

/// How many files are passed over for each that is tried; 1 tries all.
const STEP: usize = 30;

/// A plain linear congruential generator: the same choices in every run.
struct Row(u64);

impl Choices for Row {
    fn pick(&mut self, below: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % below.max(1)
    }
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() && !path.ends_with("site-packages") {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "py") {
            found.push(path);
        }
    }
}

#[test]
fn made_up_plans_for_the_standard_library() {
    let script = "import sysconfig; print(sysconfig.get_path('stdlib'))";
    let output = Command::new("python3")
        .args(["-I", "-c", script])
        .output()
        .expect("python3 runs");
    let folder = String::from_utf8(output.stdout).expect("a path");
    let mut found = Vec::new();
    files(Path::new(folder.trim()), &mut found);
    found.sort();
    let mut oracle = Oracle::new();
    let (mut judged, mut refused) = (0, 0);
    for (number, path) in found
        .iter()
        .enumerate()
        .filter(|(number, _)| number % STEP == 0)
    {
        let Ok(text) = std::fs::read_to_string(path) else {
            continue;
        };
        if text.len() > 150_000 {
            continue;
        }
        let file = File::new(&text);
        if !file.module.errors.is_empty() {
            continue;
        }
        let mut row = Row(number as u64);
        for _ in 0..4 {
            let Some(plan) = any_plan(&file, &mut row) else {
                continue;
            };
            let Ok(patch) = file.edits(&plan) else {
                refused += 1;
                continue;
            };
            let result = unleak::transform::apply(&text, &patch.edits);
            let Some(said) = oracle.verdict(&file, &plan, &result) else {
                break;
            };
            judged += 1;
            assert_eq!(said, "", "{} {plan:?}", path.display());
            let checked = file.check(&plan, &patch);
            assert_eq!(
                checked.as_deref(),
                Ok(result.as_str()),
                "{} {plan:?}",
                path.display()
            );
        }
    }
    assert!(
        judged > 100 && refused * 20 < judged,
        "{judged} judged, {refused} refused"
    );
}
