//! Functions that are alike are put beside each other, so that brotli finds what one has of another nearby: a module is 1 to 2 %
//! smaller by it. Which are alike is told by MinHash (Broder 1997, "On the resemblance and containment of documents"); wasm-opt
//! then orders them by the names that they get here.

use std::collections::{BTreeSet, HashMap};

use crate::Result;
use crate::sections::{self, CODE, CUSTOM, HEADER, IMPORTS, Input, put_number, put_section};

/// Bytes of a shingle.
const SHINGLE: usize = 6;
/// Minima of each function.
const HASHES: usize = 24;
/// Functions with the same minimum that are looked at: some thousands are all but empty.
const LOOKED_AT: usize = 400;

/// The module with a name for each of its functions, whose order is that in which they should stand; other names are gone.
pub fn named(module: &[u8]) -> Result<Vec<u8>> {
    let mut out = module.get(..HEADER).ok_or("no module")?.to_vec();
    let (mut imported, mut bodies) = (0, Vec::new());
    for (kind, content) in sections::of(module)? {
        match kind {
            CUSTOM if Input(content).name()? == "name" => continue,
            IMPORTS => imported = imported_functions(content)?,
            CODE => bodies = functions(content)?,
            _ => {}
        }
        put_section(&mut out, kind, content);
    }
    let mut ranks = vec![0; bodies.len()];
    for (rank, function) in order(&bodies).into_iter().enumerate() {
        ranks[function] = rank;
    }
    // The name section's first part but one: names of functions (WebAssembly 2.0, appendix "Custom Sections").
    let mut names = Vec::new();
    put_number(&mut names, ranks.len());
    for (function, rank) in ranks.into_iter().enumerate() {
        let name = format!("{rank:06}");
        put_number(&mut names, imported + function);
        put_number(&mut names, name.len());
        names.extend(name.bytes());
    }
    let mut section = vec![4];
    section.extend(b"name");
    put_section(&mut section, 1, &names);
    put_section(&mut out, CUSTOM, &section);
    Ok(out)
}

/// How many of the imports are functions: they are numbered before those of the module.
fn imported_functions(imports: &[u8]) -> Result<usize> {
    let mut input = Input(imports);
    let (count, mut functions) = (input.number()?, 0);
    for _ in 0..count {
        input.name()?;
        input.name()?;
        // WebAssembly 2.0, 5.5.5.
        match input.bytes(1)?[0] {
            0 => {
                input.number()?;
                functions += 1;
            }
            1 => {
                input.bytes(1)?;
                limits(&mut input)?;
            }
            2 => limits(&mut input)?,
            3 => drop(input.bytes(2)?),
            kind => return Err(format!("an import of the unknown kind {kind}")),
        }
    }
    Ok(functions)
}

fn limits(input: &mut Input) -> Result {
    let has_most = input.bytes(1)?[0] & 1 == 1;
    input.number()?;
    if has_most {
        input.number()?;
    }
    Ok(())
}

fn functions(code: &[u8]) -> Result<Vec<&[u8]>> {
    let mut input = Input(code);
    let count = input.number()?;
    let mut all = Vec::new();
    for _ in 0..count {
        let length = input.number()?;
        all.push(input.bytes(length)?);
    }
    Ok(all)
}

/// After each function comes the one of those left that is most like it.
fn order(functions: &[&[u8]]) -> Vec<usize> {
    let minima: Vec<[u64; HASHES]> = functions.iter().map(|body| minima(body)).collect();
    let mut same: HashMap<(usize, u64), Vec<usize>> = HashMap::new();
    for (function, minima) in minima.iter().enumerate() {
        for at in minima.iter().copied().enumerate() {
            same.entry(at).or_default().push(function);
        }
    }
    let mut left: BTreeSet<usize> = (0..functions.len()).collect();
    let mut order = Vec::new();
    let mut next = left.pop_first();
    while let Some(here) = next {
        order.push(here);
        let mut like: HashMap<usize, usize> = HashMap::new();
        for at in minima[here].iter().copied().enumerate() {
            let others = same[&at].iter().take(LOOKED_AT);
            for other in others.filter(|other| left.contains(other)) {
                *like.entry(*other).or_default() += 1;
            }
        }
        // Among equals the nearest, as those of one source lie together already.
        let most = like.into_iter();
        let most =
            most.max_by_key(|(other, count)| (*count, usize::MAX - other.abs_diff(here), *other));
        next = most.map(|(other, _)| other).or(left.first().copied());
        if let Some(next) = next {
            left.remove(&next);
        }
    }
    order
}

/// The least of each hash over all shingles.
fn minima(body: &[u8]) -> [u64; HASHES] {
    let mut minima = [u64::MAX; HASHES];
    for shingle in body.windows(SHINGLE) {
        let number = shingle.iter().fold(0, |n, byte| n << 8 | u64::from(*byte));
        let mut hash = mixed(number);
        for least in &mut minima {
            *least = hash.min(*least);
            hash = mixed(hash);
        }
    }
    minima
}

/// The last step of SplitMix64 (Steele, Lea and Flood 2014).
fn mixed(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two families of functions, mixed.
    fn bodies() -> Vec<Vec<u8>> {
        let one = |i: usize| {
            let base: Vec<u8> = (0..80).map(|n| (n * (3 + i % 2 * 4)) as u8).collect();
            let mut body = base;
            body[40] = i as u8;
            body
        };
        (0..20).map(one).collect()
    }

    #[test]
    fn functions_that_are_alike_stand_together() {
        let bodies = bodies();
        let slices: Vec<&[u8]> = bodies.iter().map(Vec::as_slice).collect();
        let order = order(&slices);
        let mut sorted = order.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, (0..20).collect::<Vec<_>>());
        let changes = order.windows(2).filter(|two| two[0] % 2 != two[1] % 2);
        assert_eq!(changes.count(), 1, "{order:?}");
    }

    #[test]
    fn imports_of_all_kinds_are_told_apart() {
        let mut imports = vec![5];
        for rest in [
            &[0, 7][..],
            &[1, 0x70, 1, 2, 9],
            &[2, 0, 17],
            &[3, 0x7f, 1],
            &[0, 8],
        ] {
            imports.extend(b"\x01p\x01a");
            imports.extend(rest);
        }
        assert_eq!(imported_functions(&imports), Ok(2));
        assert!(imported_functions(&imports[..imports.len() - 1]).is_err());
    }

    #[test]
    fn each_function_has_a_name_and_the_rest_stays() {
        let mut module = b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0".to_vec();
        let before = module.len();
        let mut code = vec![20];
        for body in bodies() {
            put_number(&mut code, body.len());
            code.extend(body);
        }
        put_section(&mut module, CODE, &code);
        let whole = module.clone();
        // Names of another build, which go.
        put_section(&mut module, CUSTOM, b"\x04name\x01\x02\x01\0");
        let named = named(&module).expect("it is a module");
        assert_eq!(named[..whole.len()], whole);
        let names = &named[whole.len()..];
        let there = |rank: usize| {
            names
                .windows(6)
                .any(|w| w == format!("{rank:06}").as_bytes())
        };
        assert!((0..20).all(there) && !there(20));
        for length in [0, 5, before + 3, whole.len() - 1] {
            assert!(super::named(&whole[..length]).is_err(), "{length}");
        }
    }
}
