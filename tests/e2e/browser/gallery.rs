//! Pictures of the page in its main states, for people to look at and for the README: `cargo xtask shots`.

use e2e::{Device, LONG, VERY_LONG, case, photo};

const SIZES: [(&str, u32, u32); 2] = [("laptop", 1440, 900), ("phone", 390, 844)];

#[test]
#[ignore = "makes pictures, checks nothing"]
fn gallery() {
    case("gallery", Device::Cpu, async |browser| {
        let shots = async |moment: &str| {
            for scheme in ["light", "dark"] {
                for (size, width, height) in SIZES {
                    browser.prefer(scheme).await?;
                    browser.resize(width, height).await?;
                    let file = browser
                        .screenshot(&format!("{moment}-{size}-{scheme}"))
                        .await?;
                    println!("{}", file.display());
                }
            }
            browser.resize(1440, 900).await
        };
        let page = &browser.page;
        page.open("?device=cpu&fresh&seed=1").await?;
        shots("empty").await?;
        page.load_samples("fruit-birds").await?;
        shots("collected").await?;
        page.train(LONG).await?;
        page.try_photos(&[photo("fruit_1.jpg")?, photo("bird_1.jpg")?], LONG)
            .await?;
        shots("trained").await?;
        page.go_to("lab").await?;
        shots("lab-empty").await?;
        page.choose("lab-resolution", "64").await?;
        page.choose("lab-budget-unit", "epochs").await?;
        page.fill("lab-budget", "6").await?;
        page.click("lab-run").await?;
        page.wait_for(
            "all methods",
            VERY_LONG,
            "const arms = all('lab-arm');
             return arms.length === 5 && arms.every(a => a.dataset.state === 'done') && !!one('lab-run');",
        )
        .await?;
        page.click("curve-run").await?;
        page.click("lab-photo").await?;
        page.wait_for(
            "all sections",
            LONG,
            "return !!one('learning-curve')?.dataset.points && !!one('feature-maps')?.querySelector('img');",
        )
        .await?;
        page.ask::<()>("one('lab-run').scrollIntoView(); scrollTo(0, 0);", &[])
            .await?;
        shots("lab").await?;
        page.ask::<()>("one('feature-maps').scrollIntoView();", &[])
            .await?;
        shots("lab-knew").await
    });
}

#[test]
#[ignore = "makes pictures, checks nothing"]
fn gallery_of_exports() {
    case("gallery-exports", Device::Cpu, async |browser| {
        let page = &browser.page;
        page.open("?device=cpu&fresh&seed=1&backbone=efficientnet-lite0-160")
            .await?;
        page.load_samples("fruit-birds").await?;
        page.train(LONG).await?;
        page.click("export").await?;
        for scheme in ["light", "dark"] {
            for (size, width, height) in SIZES {
                browser.prefer(scheme).await?;
                browser.resize(width, height).await?;
                page.ask::<()>("one('export').scrollIntoView();", &[])
                    .await?;
                let name = format!("export-{size}-{scheme}");
                println!("{}", browser.screenshot(&name).await?.display());
            }
        }
        Ok(())
    });
}
