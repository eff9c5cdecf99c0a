//! The WebAssembly modules of the site: the one table of them.

/// A program of `src/bin`, built with features of its own: what one does not need must not weigh on it.
pub struct Module {
    pub name: &'static str,
    pub features: &'static str,
    /// What it is, for the person who waits.
    pub what: &'static str,
    /// Only a browser with a GPU starts it.
    pub for_gpu: bool,
}

pub const MODULES: [Module; 7] = [
    Module {
        name: "app",
        features: "page",
        what: "the page",
        for_gpu: false,
    },
    Module {
        name: "worker",
        features: "engine",
        what: "the engine for the CPU",
        for_gpu: false,
    },
    Module {
        name: "worker_relaxed",
        features: "relaxed-simd",
        what: "the same with relaxed SIMD",
        for_gpu: false,
    },
    Module {
        name: "names",
        features: "names",
        what: "what reads names in old zips",
        for_gpu: false,
    },
    Module {
        name: "exporter",
        features: "exporter",
        what: "what writes exports",
        for_gpu: false,
    },
    Module {
        name: "worker_gpu",
        features: "gpu",
        what: "the engine for WebGPU",
        for_gpu: true,
    },
    Module {
        name: "worker_tune",
        features: "tuner",
        what: "what tunes on WebGPU",
        for_gpu: true,
    },
];

/// Those that a page starts, not the page itself: Trunk names their files without a hash.
pub fn workers() -> impl Iterator<Item = &'static Module> {
    MODULES.iter().filter(|module| module.name != "app")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Trunk reads what to build from there.
    #[test]
    fn the_page_names_the_same_modules_with_the_same_features() {
        let page = std::fs::read_to_string(crate::paths::root().join("index.html"));
        let page = page.expect("it is in the repository");
        let value = |line: &str, key: &str| {
            let (_, rest) = line.split_once(&format!("{key}=\""))?;
            rest.split('"').next().map(str::to_owned)
        };
        let named: Vec<(String, String)> = page
            .lines()
            .filter_map(|line| {
                Some((
                    value(line, "data-bin")?,
                    value(line, "data-cargo-features")?,
                ))
            })
            .collect();
        let ours = MODULES
            .iter()
            .map(|m| (m.name.to_owned(), m.features.to_owned()));
        let (mut named, mut ours): (Vec<_>, Vec<_>) = (named, ours.collect());
        named.sort();
        ours.sort();
        assert_eq!(named, ours);
    }
}
