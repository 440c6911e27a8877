/** What the shop's buttons do. Nothing of the SDK is here: see tracking.js. */
;(() => {
  const find = selector => document.querySelector(selector)
  const post = (path, fields) =>
    fetch(path, { method: 'POST', body: new URLSearchParams(fields) }).then(reply => reply.json())

  find('#add-to-cart')?.addEventListener('click', async ({ currentTarget }) => {
    const size = find('input[name=size]:checked')?.value ?? ''
    window.shopTracking.addToCart(size)
    const { count } = await post('/cart/add', { product: currentTarget.dataset.product, size })
    find('#cart-count').textContent = count
    find('#added').hidden = false
  })

  for (const button of document.querySelectorAll('[data-remove]'))
    button.addEventListener('click', () => window.shopTracking.removeFromCart(button.dataset.remove))

  find('#city').addEventListener('change', ({ currentTarget }) => {
    window.shopTracking.chooseCity(currentTarget.value)
    post('/city', { city: currentTarget.value })
  })

  find('#options').addEventListener('change', ({ currentTarget }) => currentTarget.requestSubmit())
})()
