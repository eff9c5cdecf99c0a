//! The numbers of docs/lesson.md, measured with the built page: `cargo xtask lesson` prints them.

use std::time::Instant;

use e2e::{Device, LONG, Page, Result, VERY_LONG, case};

/// What the Lab says of each method, in its own words.
const ROWS: &str = "return all('lab-arm').map(a =>
    `${a.dataset.arm}: ${a.innerText.replace(/\\s+/g, ' ')} [${a.dataset.accuracy}, ${a.dataset.seconds} s, ${a.dataset.trainedParameters}]`
    ).join('\\n');";

async fn compare(page: &Page, seed: &str) -> Result<String> {
    page.go_to("lab").await?;
    page.fill("lab-photos", "5").await?;
    page.choose("lab-resolution", "96").await?;
    page.choose("lab-budget-unit", "epochs").await?;
    page.fill("lab-budget", "20").await?;
    page.fill("lab-seed", seed).await?;
    page.click("lab-run").await?;
    page.wait_for(
        "all methods",
        VERY_LONG,
        "const arms = all('lab-arm');
         return arms.length === 5 && arms.every(a => a.dataset.state === 'done') && !!one('lab-run');",
    )
    .await?;
    page.ask(ROWS, &[]).await
}

/// The old head's answers to a photo of this name, and the sides of its maps.
async fn look(page: &Page, name: &str) -> Result<String> {
    let press = format!("all('lab-photo').find(p => p.title.startsWith('{name}'))?.click();");
    page.ask::<()>(&press, &[]).await?;
    page.wait_for(
        name,
        LONG,
        "const pictures = [...(one('feature-maps')?.querySelectorAll('img') ?? [])];
         return all('prediction', one('old-head')).length === 5
             && pictures.length >= 3 && pictures.every(i => i.complete && i.naturalWidth > 0);",
    )
    .await?;
    page.ask(
        "return one('old-head').innerText.replace(/\\s+/g, ' ') + ' | sides '
             + [...one('feature-maps').querySelectorAll('img')].map(i => i.naturalHeight).join(', ');",
        &[],
    )
    .await
}

#[test]
#[ignore = "measures, checks nothing"]
fn lesson() {
    case("lesson", Device::Cpu, async |browser| {
        let page = &browser.page;
        page.open("?device=cpu&fresh&seed=1").await?;
        page.load_samples("garden").await?;
        let started = Instant::now();
        let accuracy = page.train(LONG).await?;
        println!(
            "workbench: {accuracy:?} after {:.1} s",
            started.elapsed().as_secs_f32()
        );
        for seed in ["1", "2"] {
            println!("garden, seed {seed}:\n{}", compare(page, seed).await?);
        }
        page.click("curve-run").await?;
        page.wait_for(
            "the learning curve",
            LONG,
            "return Number(one('learning-curve')?.dataset.points) >= 6;",
        )
        .await?;
        let curve = "return one('outlook').innerText + '\\n' + [...one('curve-table').rows]
            .map(r => [...r.cells].map(c => c.textContent).join(' | ')).join('\\n');";
        println!("curve: {}", page.ask::<String>(curve, &[]).await?);
        for name in ["peacock", "lemon"] {
            println!("{name}: {}", look(page, name).await?);
        }
        page.open("?device=cpu&fresh&seed=1").await?;
        page.load_samples("letters").await?;
        println!("letters, seed 1:\n{}", compare(page, "1").await?);
        Ok(())
    });
}

/// Which layer tells the photos apart, of what is near and of what is far.
#[test]
#[ignore = "measures, checks nothing"]
fn lesson_layers() {
    case("lesson-layers", Device::Cpu, async |browser| {
        let page = &browser.page;
        for set in ["garden", "letters", "fruit-birds"] {
            page.open("?device=cpu&fresh&seed=1").await?;
            page.load_samples(set).await?;
            page.go_to("lab").await?;
            page.click("lab-depth-run").await?;
            page.wait_for(
                "the layers",
                LONG,
                "return all('lab-depth-point').length > 1;",
            )
            .await?;
            let said = "return one('lab-depth-finding').innerText + '\\n' + all('lab-depth-point')
                .map(p => [...p.cells].map(c => c.textContent).join(' | ')).join('\\n');";
            println!("{set}: {}", page.ask::<String>(said, &[]).await?);
            for scheme in ["light", "dark"] {
                for (size, width, height) in [("laptop", 1440, 900), ("phone", 390, 844)] {
                    browser.prefer(scheme).await?;
                    browser.resize(width, height).await?;
                    page.ask::<()>(
                        "one('lab-depth-run').closest('section').scrollIntoView();",
                        &[],
                    )
                    .await?;
                    browser
                        .screenshot(&format!("layers-{set}-{size}-{scheme}"))
                        .await?;
                }
            }
            browser.prefer("light").await?;
            browser.resize(1440, 900).await?;
        }
        Ok(())
    });
}
