/** Category of the bench's events. */
export const CATEGORY = 'bench'

/** An event of the SDK that bears a name, as captured ones look. */
export const trackedUrl = (name: string): string =>
  `http://a.cdp.asia/event?ec=${CATEGORY}&ea=${encodeURIComponent(name)}&en=&ev=0&dims=%7B%7D&portal_id=561234567&prop_id=565000001&uid=7865000000000000385&cvar=${encodeURIComponent(
    JSON.stringify({
      page_type: 'product',
      session_id: '6164000000000000',
      location_url: 'http://shop.test/product/AT-101',
    }),
  )}`
