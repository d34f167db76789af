import type { RemoteFile } from './remote-file.js';

/** One file of a data set. */
export interface KnownDownloadFile extends RemoteFile {
  /** What to call it on disk. */
  readonly name: string;
}

/** A data set that can be had from its publisher. */
export interface KnownDownload {
  /** Its name, and what it consists of. */
  readonly title: string;
  /** The publisher's page. */
  readonly page: string;
  /** The terms, in a line. */
  readonly license: string;
  /** All that it consists of. */
  readonly files: readonly KnownDownloadFile[];
  /** Why it can't be fetched by a program, and what to do instead. */
  readonly byHand?: string;
  /** How to read it from the folder `DIR`. */
  readonly use: string;
}

const toronto = 'https://www.cs.toronto.edu/~kriz';
const idx = (base: string, hashes: readonly (readonly [string, number, Partial<RemoteFile>])[]) =>
  hashes.map(([name, bytes, hash]) => ({ name: `${name}.gz`, url: `${base}/${name}.gz`, bytes, ...hash }));

/** What `immiscible-datasets fetch` knows: sources and the checksums that their publishers or widely used loaders give. */
export const KNOWN_DOWNLOADS: Readonly<Record<string, KnownDownload>> = Object.freeze({
  cifar10: {
    title: 'CIFAR-10, 60,000 images 32×32×3 in 10 classes',
    page: `${toronto}/cifar.html`,
    license:
      'no license is given; cite Krizhevsky 2009, "Learning Multiple Layers of Features from Tiny Images"',
    files: [
      {
        name: 'cifar-10-python.tar.gz',
        url: `${toronto}/cifar-10-python.tar.gz`,
        bytes: 170_498_071,
        sha256: '6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce',
        md5: 'c58f30108f718f92721af3b95e74349a',
      },
    ],
    use: "cifar10({ path: 'DIR/cifar-10-python.tar.gz' })",
  },
  cifar100: {
    title: 'CIFAR-100, 60,000 images 32×32×3 in 100 classes',
    page: `${toronto}/cifar.html`,
    license:
      'no license is given; cite Krizhevsky 2009, "Learning Multiple Layers of Features from Tiny Images"',
    files: [
      {
        name: 'cifar-100-python.tar.gz',
        url: `${toronto}/cifar-100-python.tar.gz`,
        bytes: 169_001_437,
        sha256: '85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7',
        md5: 'eb9058c3a382ffc7106e4002c42a8d85',
      },
    ],
    use: "cifar100({ path: 'DIR/cifar-100-python.tar.gz' })",
  },
  mnist: {
    title: 'MNIST, 70,000 images 28×28×1 in 10 classes',
    page: 'http://yann.lecun.com/exdb/mnist/',
    license: 'CC BY-SA 3.0; Y. LeCun and C. Cortes',
    // The page's own copies ask for a password; this is where PyTorch's loader gets them.
    files: idx('https://ossci-datasets.s3.amazonaws.com/mnist', [
      [
        'train-images-idx3-ubyte',
        9_912_422,
        { sha256: '440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609' },
      ],
      [
        'train-labels-idx1-ubyte',
        28_881,
        { sha256: '3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c' },
      ],
      [
        't10k-images-idx3-ubyte',
        1_648_877,
        { sha256: '8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6' },
      ],
      [
        't10k-labels-idx1-ubyte',
        4_542,
        { sha256: 'f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6' },
      ],
    ]),
    use: "mnist({ directory: 'DIR' })",
  },
  'fashion-mnist': {
    title: 'Fashion-MNIST, 70,000 images 28×28×1 in 10 classes',
    page: 'https://github.com/zalandoresearch/fashion-mnist',
    license: 'MIT; Zalando SE',
    files: idx('https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion', [
      [
        'train-images-idx3-ubyte',
        26_421_880,
        {
          sha256: '3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84',
          md5: '8d4fb7e6c68d591d4c3dfef9ec88bf0d',
        },
      ],
      [
        'train-labels-idx1-ubyte',
        29_515,
        {
          sha256: 'a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845',
          md5: '25c81989df183df01b3e8a0aad5dffbe',
        },
      ],
      [
        't10k-images-idx3-ubyte',
        4_422_102,
        {
          sha256: '346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073',
          md5: 'bef4ecab320f06d8554ea6380940ec79',
        },
      ],
      [
        't10k-labels-idx1-ubyte',
        5_148,
        {
          sha256: '67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5',
          md5: 'bb300cfdad3c16e7a12a480ee83cd310',
        },
      ],
    ]),
    use: "fashionMnist({ directory: 'DIR' })",
  },
  'tiny-imagenet': {
    title: 'Tiny-ImageNet, 110,000 labeled images 64×64×3 in 200 classes',
    page: 'https://cs231n.stanford.edu/',
    license: "ImageNet's terms: non-commercial research and teaching only",
    files: [
      {
        name: 'tiny-imagenet-200.zip',
        url: 'https://cs231n.stanford.edu/tiny-imagenet-200.zip',
        bytes: 248_100_043,
        sha256: '6198c8ae015e2b3e007c7841da39ec069199b9aa3bfa943a462022fe5e43c821',
        md5: '90528d7ca1a48142e341f4ef8d21d0de',
      },
    ],
    use: "tinyImageNet({ path: 'DIR/tiny-imagenet-200' }), after unzip DIR/tiny-imagenet-200.zip -d DIR",
  },
  celeba: {
    title: 'CelebA, 202,599 aligned images 178×218×3',
    page: 'https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html',
    license: 'non-commercial research only; images are not to be passed on',
    byHand:
      'Its files are on Google Drive, which hands them to browsers only: follow "Align&Cropped Images" on the page.',
    files: [
      {
        name: 'img_align_celeba.zip',
        url: 'https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html',
        sha256: '46fb89443c578308acf364d7d379fe1b9efb793042c0af734b6112e4fd3a8c74',
        md5: '00d2c5bc6d35e252742224ab0c1e8fcb',
      },
      {
        name: 'list_eval_partition.txt',
        url: 'https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html',
        sha256: 'fc955bcb3ef8fbdf7d5640d9a8693a8431b5f2ee291a5c1449a1549e7e073fe7',
        md5: 'd32c9cbf5e040fd4025c592c306e6668',
      },
    ],
    use: "celebA({ path: 'DIR' }), after unzip DIR/img_align_celeba.zip -d DIR",
  },
  imagenet: {
    title: 'ImageNet (ILSVRC 2012), 1,281,167 and 50,000 images in 1,000 classes',
    page: 'https://image-net.org/download-images.php',
    license: 'non-commercial research and teaching only, after registration',
    byHand: 'It asks for an account: log in on the page, choose 2012, and download with a browser.',
    files: [
      {
        name: 'ILSVRC2012_img_train.tar',
        url: 'https://image-net.org/download-images.php',
        md5: '1d675b47d978889d74fa0da5fadfb00e',
      },
      {
        name: 'ILSVRC2012_img_val.tar',
        url: 'https://image-net.org/download-images.php',
        md5: '29b22e2961454d5413ddabcf34fc5622',
      },
    ],
    use: "imageFolder('DIR/train'), after unpacking each class's tar into a folder of its name",
  },
});
