/** One line of what Prometheus scrapes. */
export interface ScrapedSample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** What Prometheus reads at a target, in its text format: samples, and the type of each name. */
export async function scrape(
  port: number,
): Promise<{ samples: ScrapedSample[]; types: Map<string, string> }> {
  const response = await fetch(`http://127.0.0.1:${port}/metrics`)
  if (!response.ok) throw new Error(`The target answers ${response.status}`)
  const samples: ScrapedSample[] = []
  const types = new Map<string, string>()
  for (const line of (await response.text()).split('\n')) {
    const type = /^# TYPE (\S+) (\S+)$/.exec(line)
    if (type !== null) types.set(type[1] ?? '', type[2] ?? '')
    else if (line !== '' && !line.startsWith('#')) samples.push(sampleOf(line))
  }
  return { samples, types }
}

/** Inside quotes a quote, a backslash and the end of a line are escaped. */
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\\n]|\\.)*)"/g

function sampleOf(line: string): ScrapedSample {
  const match = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line)
  if (match === null) throw new Error(`Prometheus cannot read this line: ${line}`)
  const [, name = '', labels = '', value = ''] = match
  const pairs = [...labels.matchAll(LABEL)].map(([, key = '', text = '']) => [key, unescaped(text)])
  return {
    name,
    labels: Object.fromEntries(pairs) as Record<string, string>,
    value: Number(value),
  }
}

function unescaped(text: string): string {
  return text.replaceAll(/\\(.)/g, (_, letter: string) => (letter === 'n' ? '\n' : letter))
}
