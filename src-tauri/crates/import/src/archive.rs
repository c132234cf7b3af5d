//! Unpacks archives in memory.
//!
//! Writes nothing to disk. Size and number of entries are limited over all archives of an import, and an entry whose path
//! leads out of its archive is refused.

use std::io::{Cursor, Read};

use drydock_model::Skipped;
use flate2::read::MultiGzDecoder;

use crate::files::FileKind;
use crate::{ImportError, InputFile};

/// Entries that archives may have: more than a bundle of one file a kind and namespace has.
const MOST_ENTRIES: u64 = 20_000;

/// What an import may hold: bytes of plain and unpacked files together, and entries of archives.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub bytes: u64,
    pub entries: u64,
}

impl Limits {
    pub fn of_bytes(bytes: u64) -> Self {
        let entries = MOST_ENTRIES;
        Self { bytes, entries }
    }
}

/// Files with the archives among them unpacked, in order. What is not unpacked is in `skipped`;
/// of a damaged archive nothing is taken.
pub(crate) fn unpack(
    files: Vec<InputFile>,
    limits: Limits,
    skipped: &mut Vec<Skipped>,
) -> Result<Vec<InputFile>, ImportError> {
    let mut unpacked = Vec::new();
    let mut left = limits;
    for file in files {
        let mut unpacker = Unpacker {
            archive: &file.path,
            left: &mut left,
            limits,
            files: &mut unpacked,
            skipped,
        };
        match FileKind::of(&file.path) {
            FileKind::Zip => unpacker.zip(&file.bytes)?,
            FileKind::Tar => unpacker.tar(file.bytes.as_slice())?,
            FileKind::TarGz => unpacker.tar(MultiGzDecoder::new(file.bytes.as_slice()))?,
            _ => {
                unpacker.take(file.bytes.len())?;
                unpacked.push(file);
            }
        }
    }
    Ok(unpacked)
}

struct Unpacker<'a> {
    archive: &'a str,
    left: &'a mut Limits,
    limits: Limits,
    files: &'a mut Vec<InputFile>,
    skipped: &'a mut Vec<Skipped>,
}

impl Unpacker<'_> {
    fn zip(&mut self, bytes: &[u8]) -> Result<(), ImportError> {
        let mut zip =
            zip::ZipArchive::new(Cursor::new(bytes)).map_err(|error| self.damaged(None, error))?;
        for at in 0..zip.len() {
            self.count_entry()?;
            let mut entry = zip
                .by_index(at)
                .map_err(|error| self.damaged(None, format!("entry {}: {error}", at + 1)))?;
            if entry.is_dir() {
                continue;
            }
            let name = entry.name().to_owned();
            if entry.is_symlink() {
                self.skip(Some(&name), "a link, not a file");
                continue;
            }
            self.entry(&name, &mut entry)?;
        }
        Ok(())
    }

    fn tar(&mut self, stream: impl Read) -> Result<(), ImportError> {
        // Entries that are skipped are decompressed too: the whole stream is bounded, headers included.
        let bound = self.left.bytes + 1024 * (self.left.entries + 2);
        let mut stream = stream.take(bound);
        let done = self.tar_entries(&mut stream);
        // What is cut off at the bound looks damaged too.
        if stream.limit() == 0 {
            return Err(self.too_large());
        }
        done
    }

    fn tar_entries(&mut self, stream: &mut impl Read) -> Result<(), ImportError> {
        let mut tar = tar::Archive::new(stream);
        let entries = tar.entries().map_err(|error| self.damaged(None, error))?;
        for entry in entries {
            let mut entry = entry.map_err(|error| self.damaged(None, error))?;
            self.count_entry()?;
            let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            match entry.header().entry_type() {
                kind if kind.is_file() => self.entry(&name, &mut entry)?,
                kind if kind.is_symlink() || kind.is_hard_link() => {
                    self.skip(Some(&name), "a link, not a file");
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn entry(&mut self, name: &str, content: &mut impl Read) -> Result<(), ImportError> {
        let Some(inner) = safe_path(name) else {
            self.skip(Some(name), "its path leads out of the archive");
            return Ok(());
        };
        let path = format!("{}/{inner}", self.archive);
        let kind = FileKind::of(&inner);
        if matches!(kind, FileKind::Zip | FileKind::Tar | FileKind::TarGz) {
            self.skip(
                Some(&inner),
                "an archive inside an archive: import it by itself",
            );
            return Ok(());
        }
        let mut bytes = Vec::new();
        if kind.refusal().is_none() {
            content
                .take(self.left.bytes + 1)
                .read_to_end(&mut bytes)
                .map_err(|error| self.damaged(Some(&inner), error))?;
            self.take(bytes.len())?;
        }
        self.files.push(InputFile { path, bytes });
        Ok(())
    }

    fn take(&mut self, bytes: usize) -> Result<(), ImportError> {
        let left = self.left.bytes.checked_sub(bytes as u64);
        self.left.bytes = left.ok_or_else(|| self.too_large())?;
        Ok(())
    }

    fn count_entry(&mut self) -> Result<(), ImportError> {
        self.left.entries =
            self.left
                .entries
                .checked_sub(1)
                .ok_or_else(|| ImportError::TooLarge {
                    what: self.archive.to_owned(),
                    limit: format!("{} entries", self.limits.entries),
                })?;
        Ok(())
    }

    fn too_large(&self) -> ImportError {
        ImportError::too_many_bytes(
            format!("what was given, up to {},", self.archive),
            self.limits.bytes,
        )
    }

    fn damaged(&self, name: Option<&str>, reason: impl std::fmt::Display) -> ImportError {
        let reason = match name {
            Some(name) => format!("{name}: {reason}"),
            None => reason.to_string(),
        };
        ImportError::Damaged {
            archive: self.archive.to_owned(),
            reason,
        }
    }

    fn skip(&mut self, name: Option<&str>, reason: &str) {
        let place = name.map_or_else(
            || self.archive.to_owned(),
            |name| format!("{}/{name}", self.archive),
        );
        self.skipped.push(Skipped {
            place,
            kind: None,
            reason: reason.to_owned(),
        });
    }
}

/// The path with `./` cut off, or nothing where it is absolute or climbs.
fn safe_path(name: &str) -> Option<String> {
    let name = name.strip_prefix("./").unwrap_or(name);
    let sound = !name.is_empty()
        && !name.starts_with('/')
        && !name.contains(['\\', '\0'])
        && name.as_bytes().get(1) != Some(&b':')
        && name
            .split('/')
            .all(|part| !part.is_empty() && part != "." && part != "..");
    sound.then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    const SMALL: Limits = Limits {
        bytes: 1000,
        entries: 3,
    };

    fn zip_of(entries: &[(&str, &[u8])]) -> Vec<u8> {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in entries {
            zip.start_file(*name, zip::write::SimpleFileOptions::default())
                .unwrap();
            zip.write_all(bytes).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    fn tar_of(entries: &[(&str, &[u8])]) -> Vec<u8> {
        let mut tar = tar::Builder::new(Vec::new());
        for (name, bytes) in entries {
            let mut header = tar::Header::new_gnu();
            // Set by hand: the builder itself refuses paths that climb.
            header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_size(bytes.len() as u64);
            header.set_mode(0o644);
            header.set_cksum();
            tar.append(&header, *bytes).unwrap();
        }
        tar.into_inner().unwrap()
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn check(path: &str, bytes: Vec<u8>, expect: &Result<(&[&str], &[&str]), &str>) {
        let mut skipped = Vec::new();
        let files = vec![InputFile {
            path: path.to_owned(),
            bytes,
        }];
        let got = unpack(files, SMALL, &mut skipped);
        match (got, expect) {
            (Ok(files), Ok((taken, refused))) => {
                assert_eq!(
                    files.iter().map(|f| f.path.as_str()).collect::<Vec<_>>(),
                    *taken,
                    "{path}"
                );
                let reasons: Vec<_> = skipped
                    .iter()
                    .map(|s| format!("{}: {}", s.place, s.reason))
                    .collect();
                assert_eq!(reasons, *refused, "{path}");
            }
            (Err(error), Err(text)) => assert_eq!(error.to_string(), *text, "{path}"),
            (got, expect) => panic!("{path}: {got:?}, expected {expect:?}, skipped {skipped:?}"),
        }
    }

    type Packer = (&'static str, fn(&[(&str, &[u8])]) -> Vec<u8>);

    #[test]
    fn guards() {
        let packers: [Packer; 3] = [
            ("x.zip", zip_of),
            ("x.tar", tar_of),
            ("x.tgz", |entries| gzip(&tar_of(entries))),
        ];
        for (path, pack) in packers {
            let inside = |name: &str| format!("{path}/{name}");
            let (a, b) = (inside("a.yaml"), inside("b/c.json"));
            check(
                path,
                pack(&[("a.yaml", b"a: 1"), ("b/c.json", b"{}")]),
                &Ok((&[&a, &b], &[])),
            );
            let climbs = format!("{path}/../up.yaml: its path leads out of the archive");
            let absolute = format!("{path}//etc/x.yaml: its path leads out of the archive");
            check(
                path,
                pack(&[("../up.yaml", b"x"), ("/etc/x.yaml", b"x")]),
                &Ok((&[], &[&climbs, &absolute])),
            );
            let nested =
                format!("{path}/in.zip: an archive inside an archive: import it by itself");
            check(path, pack(&[("in.zip", b"PK")]), &Ok((&[], &[&nested])));
            let big = format!(
                "what was given, up to {path}, holds more than 1000 bytes: import a part of it"
            );
            check(
                path,
                pack(&[("a.yaml", &[b' '; 900]), ("b.yaml", &[b' '; 900])]),
                &Err(&big),
            );
            let many = format!("{path} holds more than 3 entries: import a part of it");
            check(
                path,
                pack(&[("a", b""), ("b", b""), ("c", b""), ("d", b"")]),
                &Err(&many),
            );
        }
    }

    #[test]
    fn a_bomb_of_skipped_entries_is_bounded_too() {
        let zeros = vec![0; 60_000];
        let bomb = gzip(&tar_of(&[("zeros.bin", &zeros), ("a.yaml", b"a: 1")]));
        check(
            "x.tgz",
            bomb,
            &Err("what was given, up to x.tgz, holds more than 1000 bytes: import a part of it"),
        );
    }

    #[test]
    fn plain_files_count_with_what_is_unpacked() {
        let file = |path: &str, bytes: Vec<u8>| InputFile {
            path: path.to_owned(),
            bytes,
        };
        for (size, fits) in [(500, true), (501, false)] {
            let packed = zip_of(&[("b.yaml", &[b' '; 500])]);
            let files = vec![file("a.yaml", vec![b' '; size]), file("x.zip", packed)];
            let got = unpack(files, SMALL, &mut Vec::new());
            assert_eq!(got.is_ok(), fits, "{got:?}");
        }
        let files = vec![file("a.yaml", vec![b' '; 1000]), file("b.yaml", vec![b' '])];
        let error = unpack(files, SMALL, &mut Vec::new())
            .unwrap_err()
            .to_string();
        assert_eq!(
            error,
            "what was given, up to b.yaml, holds more than 1000 bytes: import a part of it"
        );
    }

    #[test]
    fn nothing_is_taken_of_a_broken_archive() {
        let entries: [(&str, &[u8]); 2] = [("a.yaml", b"a: 1"), ("b.yaml", &[b' '; 700])];
        let cut = |mut bytes: Vec<u8>, share: usize| {
            bytes.truncate(bytes.len() * share / 100);
            bytes
        };
        let tar = tar_of(&entries);
        for (path, bytes) in [
            ("x.zip", vec![7; 700]),
            ("x.tar", vec![7; 700]),
            ("x.tgz", vec![7; 700]),
            ("x.zip", cut(zip_of(&entries), 60)),
            ("x.tar", cut(tar.clone(), 55)),
            ("x.tgz", cut(gzip(&tar), 60)),
        ] {
            let files = vec![InputFile {
                path: path.to_owned(),
                bytes,
            }];
            let error = unpack(files, Limits::of_bytes(1 << 20), &mut Vec::new()).unwrap_err();
            assert!(
                matches!(&error, ImportError::Damaged { archive, .. } if archive == path),
                "{error}"
            );
        }
    }
}
