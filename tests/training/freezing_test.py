from tests.training import toy


def names(variables):
    return [variable.path for variable in variables]


def test_what_is_frozen_is_not_trained():
    model = toy.model()
    model.compile(optimizer="sgd")
    freezing = model.freezing
    freezing.build_optimizer()
    everything = names(freezing.trained())
    tower = names(model.video_encoder.trainable_variables)
    assert freezing.set("video_encoder", False)
    assert not freezing.set("video_encoder", False)
    left = names(freezing.trained())
    assert tower and left == [x for x in everything if x not in tower]
    with freezing.thawed():
        assert names(freezing.trained()) == everything
    assert names(freezing.trained()) == left
    assert freezing.set("video_encoder", True)
    assert names(freezing.trained()) == everything
