/** For the page: the lowest of all texts against what is behind them, as WCAG 2 has it. */
export const LOWEST_CONTRAST = `(() => {
  const pixel = document.createElement('canvas').getContext('2d', { willReadFrequently: true })
  const painted = (colours) => {
    for (const colour of colours) {
      pixel.fillStyle = colour
      pixel.fillRect(0, 0, 1, 1)
    }
    return [...pixel.getImageData(0, 0, 1, 1).data].slice(0, 3)
  }
  const luminance = (rgb) => {
    const [red, green, blue] = rgb
      .map((value) => value / 255)
      .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
  }
  const backgrounds = (element) =>
    element === null
      ? []
      : [...backgrounds(element.parentElement), getComputedStyle(element).backgroundColor]
  const contrast = (element) => {
    const behind = backgrounds(element)
    const [dark, light] = [painted(behind), painted([...behind, getComputedStyle(element).color])]
      .map(luminance)
      .toSorted((one, other) => one - other)
    return (light + 0.05) / (dark + 0.05)
  }
  const texts = [...document.body.querySelectorAll('*')].filter((element) =>
    [...element.childNodes].some(({ nodeType, data }) => nodeType === 3 && data.trim() !== '') &&
      element.checkVisibility(),
  )
  return Math.min(...texts.map(contrast))
})()`
