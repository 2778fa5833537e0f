"""Citations of public datasets."""

_SETS: dict[str, dict[str, str]] = {
    "ucf101": {
        "author": "Soomro, Khurram and Zamir, Amir Roshan and Shah, Mubarak",
        "title": "{UCF101}: A Dataset of 101 Human Actions Classes From "
        "Videos in The Wild",
        "journal": "arXiv:1212.0402",
        "year": "2012",
    },
    "hmdb51": {
        "author": "Kuehne, Hildegard and Jhuang, Hueihan and Garrote, "
        "Est{\\'i}baliz and Poggio, Tomaso and Serre, Thomas",
        "title": "{HMDB}: A Large Video Database for Human Motion Recognition",
        "booktitle": "International Conference on Computer Vision (ICCV)",
        "year": "2011",
    },
    "kinetics": {
        "author": "Kay, Will and Carreira, Jo{\\~a}o and Simonyan, Karen and "
        "Zhang, Brian and Hillier, Chloe and Vijayanarasimhan, Sudheendra and "
        "Viola, Fabio and Green, Tim and Back, Trevor and Natsev, Paul and "
        "Suleyman, Mustafa and Zisserman, Andrew",
        "title": "The {Kinetics} Human Action Video Dataset",
        "journal": "arXiv:1705.06950",
        "year": "2017",
    },
    "kinetics_sounds": {
        "author": "Arandjelovi{\\'c}, Relja and Zisserman, Andrew",
        "title": "Look, Listen and Learn",
        "booktitle": "International Conference on Computer Vision (ICCV)",
        "year": "2017",
    },
    "activitynet": {
        "author": "Caba Heilbron, Fabian and Escorcia, Victor and Ghanem, "
        "Bernard and Niebles, Juan Carlos",
        "title": "{ActivityNet}: A Large-Scale Video Benchmark for Human "
        "Activity Understanding",
        "booktitle": "Conference on Computer Vision and Pattern Recognition "
        "(CVPR)",
        "year": "2015",
    },
    "vggsound": {
        "author": "Chen, Honglie and Xie, Weidi and Vedaldi, Andrea and "
        "Zisserman, Andrew",
        "title": "{VGGSound}: A Large-Scale Audio-Visual Dataset",
        "booktitle": "International Conference on Acoustics, Speech and "
        "Signal Processing (ICASSP)",
        "year": "2020",
    },
    "esc50": {
        "author": "Piczak, Karol J.",
        "title": "{ESC}: Dataset for Environmental Sound Classification",
        "booktitle": "ACM International Conference on Multimedia",
        "year": "2015",
    },
    # The scenes of 2013, which papers also call DCASE2014.
    "dcase2013": {
        "author": "Stowell, Dan and Giannoulis, Dimitrios and Benetos, "
        "Emmanouil and Lagrange, Mathieu and Plumbley, Mark D.",
        "title": "Detection and Classification of Acoustic Scenes and Events",
        "journal": "IEEE Transactions on Multimedia",
        "year": "2015",
    },
    "dcase2016": {
        "author": "Mesaros, Annamaria and Heittola, Toni and Virtanen, Tuomas",
        "title": "{TUT} Database for Acoustic Scene Classification and Sound "
        "Event Detection",
        "booktitle": "European Signal Processing Conference (EUSIPCO)",
        "year": "2016",
    },
    "dcase2018": {
        "author": "Mesaros, Annamaria and Heittola, Toni and Virtanen, Tuomas",
        "title": "A Multi-Device Dataset for Urban Acoustic Scene "
        "Classification",
        "booktitle": "Workshop on Detection and Classification of Acoustic "
        "Scenes and Events (DCASE)",
        "year": "2018",
    },
}


def citation(name: str) -> str:
    """The citation of a public dataset as BibTeX, such as for `write_tfds`.

    Args:
        name: Name of the dataset: `"ucf101"`, `"hmdb51"`, `"kinetics"`,
            `"kinetics_sounds"`, `"activitynet"`, `"vggsound"`, `"esc50"`,
            `"dcase2013"` (also called DCASE2014), `"dcase2016"` or
            `"dcase2018"`.

    Returns:
        The BibTeX entry.

    Raises:
        ValueError: If the name is unknown.

    Examples:

    >>> from keras_av.data import citation
    >>> print(citation("esc50"))
    @inproceedings{esc50,
      author = {Piczak, Karol J.},
      title = {{ESC}: Dataset for Environmental Sound Classification},
      booktitle = {ACM International Conference on Multimedia},
      year = {2015},
    }
    """
    if name not in _SETS:
        raise ValueError(
            f"There is no citation of {name!r}. Expected one of {list(_SETS)}"
        )
    fields = _SETS[name]
    kind = "article" if "journal" in fields else "inproceedings"
    lines = [f"  {key} = {{{value}}},\n" for key, value in fields.items()]
    return f"@{kind}{{{name},\n{''.join(lines)}}}"
