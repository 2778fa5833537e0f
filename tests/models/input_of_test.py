import keras

from keras_av.models.input_of import input_of


def test_the_structure_is_that_of_the_call():
    inputs = {name: keras.Input((2,), name=name) for name in ("a", "b")}
    model = keras.Model(inputs, keras.layers.Add()(list(inputs.values())))
    assert list(input_of(model)) == ["a", "b"]


def test_a_sequential_model_has_one_before_it_is_called():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    assert input_of(model).shape == (None, 4)
