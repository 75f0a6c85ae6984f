//! What makes a finding the same one in the next run, whatever became of the lines above it.

use std::collections::HashMap;

use crate::rules::Finding;

/// For each of `findings` in the file at `path`, 32 hexadecimal digits. They hold the rule, the function, the variable and what
/// is acquired, but no line; findings that are alike in all of these are counted.
pub fn fingerprints(path: &str, findings: &[Finding]) -> Vec<String> {
    let mut alike: HashMap<String, usize> = HashMap::new();
    findings
        .iter()
        .map(|finding| {
            let resource = &finding.resource;
            let words = [
                path,
                finding.rule.code(),
                finding.function.as_deref().unwrap_or_default(),
                resource.variable.as_deref().unwrap_or_default(),
                &resource.acquirer,
            ]
            .join("\0");
            let number = alike.entry(words.clone()).or_default();
            *number += 1;
            format!("{:032x}", hash(&format!("{words}\0{number}")))
        })
        .collect()
}

/// FNV-1a: the hash of the standard library may be another one in its next version.
fn hash(text: &str) -> u128 {
    let start: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    text.bytes().fold(start, |hash, byte| {
        (hash ^ u128::from(byte)).wrapping_mul(0x0100_0000_0000_0000_0000_013b)
    })
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn the_hash_is_the_published_one() {
        assert_eq!(hash(""), 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d);
        assert_eq!(hash("a"), 0xd228_cb69_6f1a_8caf_7891_2b70_4e4a_8964);
    }

    #[test]
    fn lines_do_not_count_and_twins_differ() {
        let of = |text: &str| {
            let finding = samples::report("a.py", text.as_bytes(), None)
                .findings
                .remove(0);
            fingerprints("a.py", &[finding.clone(), finding])
        };
        let here = of("session = get_db()\nrun()\n");
        assert_eq!(here, of("import app\n\nsession = get_db()\nrun()\n"));
        assert_ne!(here[0], here[1]);
        let report = samples::report("a.py", b"session = get_db()\nrun()\n", None);
        assert_ne!(here[0], fingerprints("b.py", &report.findings)[0]);
    }
}
