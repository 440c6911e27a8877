/** What the demo shop sells, and the people who have an account from the start. */

export interface Product {
  id: string
  /** Vietnamese, as the shop's customers read it. */
  name: string
  english: string
  category: string
  /** In đồng. */
  price: number
  sizes: readonly string[]
  about: string
  /** Two letters and a hue for the picture. */
  mark: string
  hue: number
}

export interface Category {
  slug: string
  name: string
  english: string
}

export interface Person {
  name: string
  /** Digits only, beginning with 0; empty when the person gave none. */
  phone: string
  email: string
  /** `yyyy-MM-dd`. */
  birthday: string
  city: string
  loyalty_points: number
}

export const CATEGORIES: readonly Category[] = [
  { slug: 'clothing', name: 'Quần áo', english: 'Clothing' },
  { slug: 'coffee-tea', name: 'Cà phê & trà', english: 'Coffee & tea' },
  { slug: 'kitchen', name: 'Nhà bếp', english: 'Kitchen' },
]

export const CITIES: readonly string[] = ['Hà Nội', 'Đà Nẵng', 'TP. Hồ Chí Minh', 'Cần Thơ', 'Huế']

export const PRODUCTS: readonly Product[] = [
  {
    id: 'AT-101',
    name: 'Áo thun cổ tròn "Sài Gòn"',
    english: 'Saigon crew-neck T-shirt',
    category: 'clothing',
    price: 189_000,
    sizes: ['S', 'M', 'L', 'XL'],
    about: 'Cotton chải kỹ, in tay hình xe máy và dây điện. Combed cotton, hand-printed.',
    mark: 'Áo',
    hue: 8,
  },
  {
    id: 'AD-204',
    name: 'Áo dài lụa Hà Đông',
    english: 'Hà Đông silk áo dài',
    category: 'clothing',
    price: 1_450_000,
    sizes: ['S', 'M', 'L'],
    about: 'Lụa tơ tằm dệt ở Vạn Phúc. Mulberry silk from Vạn Phúc village.',
    mark: 'Lụ',
    hue: 330,
  },
  {
    id: 'QN-310',
    name: 'Quần linen ống rộng',
    english: 'Wide linen trousers',
    category: 'clothing',
    price: 420_000,
    sizes: ['S', 'M', 'L', 'XL'],
    about: 'Linen mềm, hợp mùa nóng. Soft linen for hot days.',
    mark: 'Qu',
    hue: 45,
  },
  {
    id: 'CP-011',
    name: 'Cà phê Buôn Ma Thuột, rang mộc 500 g',
    english: 'Buôn Ma Thuột robusta, 500 g',
    category: 'coffee-tea',
    price: 165_000,
    sizes: [],
    about: 'Robusta rang mộc, không tẩm. Plain-roasted robusta.',
    mark: 'Cà',
    hue: 25,
  },
  {
    id: 'TR-022',
    name: 'Trà sen Tây Hồ 100 g',
    english: 'West Lake lotus tea, 100 g',
    category: 'coffee-tea',
    price: 690_000,
    sizes: [],
    about: 'Trà Thái Nguyên ướp sen Bách Diệp. Green tea scented with lotus.',
    mark: 'Tr',
    hue: 150,
  },
  {
    id: 'PH-030',
    name: 'Phin nhôm khắc tên',
    english: 'Engraved coffee phin',
    category: 'coffee-tea',
    price: 95_000,
    sizes: [],
    about: 'Phin nhôm dày, lọc đều. A thick aluminium drip filter.',
    mark: 'Ph',
    hue: 210,
  },
  {
    id: 'ND-501',
    name: 'Nồi đất Bát Tràng 2 lít',
    english: 'Bát Tràng clay pot, 2 l',
    category: 'kitchen',
    price: 240_000,
    sizes: [],
    about: 'Kho cá, nấu cơm niêu. For braised fish and clay-pot rice.',
    mark: 'Nồ',
    hue: 18,
  },
  {
    id: 'TH-512',
    name: 'Thớt gỗ nghiến tròn',
    english: 'Round ironwood board',
    category: 'kitchen',
    price: 310_000,
    sizes: [],
    about: 'Một khúc gỗ liền, đường kính 30 cm. One solid piece, 30 cm across.',
    mark: 'Th',
    hue: 90,
  },
  {
    id: 'DU-520',
    name: 'Đũa tre vót tay, 10 đôi',
    english: 'Hand-carved bamboo chopsticks, 10 pairs',
    category: 'kitchen',
    price: 59_000,
    sizes: [],
    about: 'Tre già, không sơn. Mature bamboo, unvarnished.',
    mark: 'Đũ',
    hue: 70,
  },
]

/** Bình has an account already; An signs up during the visit that `npm run demo` plays. */
export const BINH: Person = {
  name: 'Trần Bình',
  phone: '0912345678',
  email: 'binh@example.com',
  birthday: '1988-11-02',
  city: 'TP. Hồ Chí Minh',
  loyalty_points: 1280,
}

export const AN: Person = {
  name: 'Nguyễn An',
  phone: '0900000000',
  email: 'an@example.com',
  birthday: '1995-04-17',
  city: 'Đà Nẵng',
  loyalty_points: 50,
}
