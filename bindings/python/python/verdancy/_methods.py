"""One class for each method. Written by generate.py from the engine's parameter table."""

from __future__ import annotations

from typing import Any

from ._model import Synthesizer


class TabDDPM(Synthesizer):
    """TabDDPM.

    Parameters
    ----------
    n_iter : optional
        Passes over the training rows (epochs). 1 to 1000000; 300 by default.
    batch_size : optional
        Rows of one optimiser step. 1 to 65536; 64 by default.
    work : optional
        Floating-point work of training at most, in TFLOP; 0 for no bound. Bounds n_iter. 0 or more; 10.0 by default.
    hidden : optional
        Width of the network. 4 to 4096; 256 by default.
    blocks : optional
        Residual blocks of the network. 1 to 16; 3 by default.
    precision : optional
        Arithmetic of the network's large products: single (f32), or bf16 (factors rounded to bf16, sums in f32), which is the default where the processor has instructions for it. Single or bf16; single by default.
    dropout : optional
        Share of inner units dropped while training. 0 to 0.9; 0.0 by default.
    learning_rate : optional
        Highest learning rate; warm-up and linear decay around it. Above 0, up to 1; 0.001 by default.
    weight_decay : optional
        Decoupled weight decay of AdamW. 0 to 1; 0.0 by default.
    clip : optional
        Greatest norm of a gradient; larger ones are scaled down. Above 0; 1.0 by default.
    ema : optional
        Share of the moving average of the weights kept per step; rows are drawn from the average. 0 to 0.99999; 0.999 by default.
    smoothing : optional
        Noise added to the training rows, in standard deviations of the encoded numbers, so that no single row can be learned by heart. 0 to 0.9; 0.0 by default.
    prior : optional
        Share of the training rows of a batch that are replaced by rows of a Gaussian copula of them, which steadies small tables and cannot copy. 0 to 0.9; 0.0 by default.
    process : optional
        The noise process: masked, or multinomial as in the paper. Masked or multinomial; masked by default.
    timesteps : optional
        Diffusion steps T of the multinomial process. 2 to 100000; 1000 by default.
    sampler_steps : optional
        Network calls to draw a row (masked process). 2 to 10000; 24 by default.
    label_conditioning : optional
        Draw a categorical target first, with its own shares, and the rest given it. True or false; true by default.
    patience : optional
        Checks without a better validation loss before training stops; 0 never stops. 0 to 1000; 6 by default.
    copy_limit : optional
        Copy share on validation rows, above a Gaussian copula's, at which training stops; 1 never stops (masked process, up to 5,000 rows). 0 to 1; 0.15 by default.
    polish : optional
        Sweeps over the drawn rows: in each, every column is drawn anew from a tree on all others. 0 to 2; 0 by default.
    target : str, optional
        The column to be predicted.
    subject : str, optional
        The column that says whose row a row is, or ``"none"``; found by default.
    time : str, optional
        Survival tables: follow-up times.
    event : str, optional
        Survival tables: the column that tells events from censored rows.
    schema : optional
        What columns mean, over what is inferred.
    metadata : optional
        SDV metadata, version 1 or 2.
    mode : str
        The budget: ``speed``, ``balanced`` or ``quality``.
    protect : int, optional
        People who have to share a value; 10 by default, 0 protects nothing.
    relations : str, optional
        Rules between columns: ``keep`` (the default), ``report`` or ``off``.
    validation : float, optional
        Share of rows that choices are made on; 0.1 by default.
    time_limit : float | str, optional
        Bound on the fit: seconds, or ``"10m"``.
    memory_limit : int | str, optional
        Bound on its memory: bytes, or ``"2G"``.
    na : optional
        Cells that mean "missing", besides empty ones.
    missing_codes : str, optional
        Numbers that stand for "missing", such as 999: ``keep`` (the default) or ``mark``.
    text : str, optional
        What becomes of names and free text: ``fake``, ``drop`` or ``error``.
    threads : int, optional
        Threads; all cores by default. Results do not depend on it.
    random_state : optional
        The same seed gives the same rows.
    progress : optional
        As in :func:`verdancy.synthesize`.
    """

    _method = "tabddpm"

    def __init__(
        self,
        *,
        n_iter: Any = None,
        batch_size: Any = None,
        work: Any = None,
        hidden: Any = None,
        blocks: Any = None,
        precision: Any = None,
        dropout: Any = None,
        learning_rate: Any = None,
        weight_decay: Any = None,
        clip: Any = None,
        ema: Any = None,
        smoothing: Any = None,
        prior: Any = None,
        process: Any = None,
        timesteps: Any = None,
        sampler_steps: Any = None,
        label_conditioning: Any = None,
        patience: Any = None,
        copy_limit: Any = None,
        polish: Any = None,
        target: str | None = None,
        subject: str | None = None,
        time: str | None = None,
        event: str | None = None,
        schema: Any = None,
        metadata: Any = None,
        mode: str = "balanced",
        protect: int | None = None,
        relations: str | None = None,
        validation: float | None = None,
        time_limit: float | str | None = None,
        memory_limit: int | str | None = None,
        na: Any = None,
        missing_codes: str | None = None,
        text: str | None = None,
        threads: int | None = None,
        random_state: Any = 0,
        progress: Any = None,
    ) -> None:
        self.n_iter = n_iter
        self.batch_size = batch_size
        self.work = work
        self.hidden = hidden
        self.blocks = blocks
        self.precision = precision
        self.dropout = dropout
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.clip = clip
        self.ema = ema
        self.smoothing = smoothing
        self.prior = prior
        self.process = process
        self.timesteps = timesteps
        self.sampler_steps = sampler_steps
        self.label_conditioning = label_conditioning
        self.patience = patience
        self.copy_limit = copy_limit
        self.polish = polish
        self.target = target
        self.subject = subject
        self.time = time
        self.event = event
        self.schema = schema
        self.metadata = metadata
        self.mode = mode
        self.protect = protect
        self.relations = relations
        self.validation = validation
        self.time_limit = time_limit
        self.memory_limit = memory_limit
        self.na = na
        self.missing_codes = missing_codes
        self.text = text
        self.threads = threads
        self.random_state = random_state
        self.progress = progress


class GaussianCopula(Synthesizer):
    """Gaussian copula.

    Parameters
    ----------
    shrinkage : optional
        Least shrinkage of the correlations towards none; small tables get more by themselves. 0 to 1; 0.0 by default.
    polish : optional
        Sweeps over the drawn rows: in each, every column is drawn anew from a tree on all others. 0 to 2; 0 by default.
    target : str, optional
        The column to be predicted.
    subject : str, optional
        The column that says whose row a row is, or ``"none"``; found by default.
    time : str, optional
        Survival tables: follow-up times.
    event : str, optional
        Survival tables: the column that tells events from censored rows.
    schema : optional
        What columns mean, over what is inferred.
    metadata : optional
        SDV metadata, version 1 or 2.
    mode : str
        The budget: ``speed``, ``balanced`` or ``quality``.
    protect : int, optional
        People who have to share a value; 10 by default, 0 protects nothing.
    relations : str, optional
        Rules between columns: ``keep`` (the default), ``report`` or ``off``.
    validation : float, optional
        Share of rows that choices are made on; 0.1 by default.
    time_limit : float | str, optional
        Bound on the fit: seconds, or ``"10m"``.
    memory_limit : int | str, optional
        Bound on its memory: bytes, or ``"2G"``.
    na : optional
        Cells that mean "missing", besides empty ones.
    missing_codes : str, optional
        Numbers that stand for "missing", such as 999: ``keep`` (the default) or ``mark``.
    text : str, optional
        What becomes of names and free text: ``fake``, ``drop`` or ``error``.
    threads : int, optional
        Threads; all cores by default. Results do not depend on it.
    random_state : optional
        The same seed gives the same rows.
    progress : optional
        As in :func:`verdancy.synthesize`.
    """

    _method = "gaussian_copula"

    def __init__(
        self,
        *,
        shrinkage: Any = None,
        polish: Any = None,
        target: str | None = None,
        subject: str | None = None,
        time: str | None = None,
        event: str | None = None,
        schema: Any = None,
        metadata: Any = None,
        mode: str = "balanced",
        protect: int | None = None,
        relations: str | None = None,
        validation: float | None = None,
        time_limit: float | str | None = None,
        memory_limit: int | str | None = None,
        na: Any = None,
        missing_codes: str | None = None,
        text: str | None = None,
        threads: int | None = None,
        random_state: Any = 0,
        progress: Any = None,
    ) -> None:
        self.shrinkage = shrinkage
        self.polish = polish
        self.target = target
        self.subject = subject
        self.time = time
        self.event = event
        self.schema = schema
        self.metadata = metadata
        self.mode = mode
        self.protect = protect
        self.relations = relations
        self.validation = validation
        self.time_limit = time_limit
        self.memory_limit = memory_limit
        self.na = na
        self.missing_codes = missing_codes
        self.text = text
        self.threads = threads
        self.random_state = random_state
        self.progress = progress


class CART(Synthesizer):
    """CART.

    Parameters
    ----------
    min_samples_leaf : optional
        Fewest training rows in a leaf (people, where the table names whose row a row is): fewer follow the table closer and give more away. 5 to 100000; 20 by default.
    min_split_gain : optional
        Likelihood-ratio statistic that a split has to reach: what chance explains is not learned. 0 to 1000; 6.0 by default.
    max_depth : optional
        Greatest depth of a tree. 1 to 64; 24 by default.
    order : optional
        The order in which columns are drawn: association (each next column is the one most associated with any before it) or table. Association or table; association by default.
    smoothing : optional
        Weight, in rows, that the surrounding leaves have in each draw from a leaf. 0 to 100; 0.5 by default.
    polish : optional
        Sweeps over the drawn rows: in each, every column is drawn anew from a tree on all others. 0 to 2; 0 by default.
    target : str, optional
        The column to be predicted.
    subject : str, optional
        The column that says whose row a row is, or ``"none"``; found by default.
    time : str, optional
        Survival tables: follow-up times.
    event : str, optional
        Survival tables: the column that tells events from censored rows.
    schema : optional
        What columns mean, over what is inferred.
    metadata : optional
        SDV metadata, version 1 or 2.
    mode : str
        The budget: ``speed``, ``balanced`` or ``quality``.
    protect : int, optional
        People who have to share a value; 10 by default, 0 protects nothing.
    relations : str, optional
        Rules between columns: ``keep`` (the default), ``report`` or ``off``.
    validation : float, optional
        Share of rows that choices are made on; 0.1 by default.
    time_limit : float | str, optional
        Bound on the fit: seconds, or ``"10m"``.
    memory_limit : int | str, optional
        Bound on its memory: bytes, or ``"2G"``.
    na : optional
        Cells that mean "missing", besides empty ones.
    missing_codes : str, optional
        Numbers that stand for "missing", such as 999: ``keep`` (the default) or ``mark``.
    text : str, optional
        What becomes of names and free text: ``fake``, ``drop`` or ``error``.
    threads : int, optional
        Threads; all cores by default. Results do not depend on it.
    random_state : optional
        The same seed gives the same rows.
    progress : optional
        As in :func:`verdancy.synthesize`.
    """

    _method = "cart"

    def __init__(
        self,
        *,
        min_samples_leaf: Any = None,
        min_split_gain: Any = None,
        max_depth: Any = None,
        order: Any = None,
        smoothing: Any = None,
        polish: Any = None,
        target: str | None = None,
        subject: str | None = None,
        time: str | None = None,
        event: str | None = None,
        schema: Any = None,
        metadata: Any = None,
        mode: str = "balanced",
        protect: int | None = None,
        relations: str | None = None,
        validation: float | None = None,
        time_limit: float | str | None = None,
        memory_limit: int | str | None = None,
        na: Any = None,
        missing_codes: str | None = None,
        text: str | None = None,
        threads: int | None = None,
        random_state: Any = 0,
        progress: Any = None,
    ) -> None:
        self.min_samples_leaf = min_samples_leaf
        self.min_split_gain = min_split_gain
        self.max_depth = max_depth
        self.order = order
        self.smoothing = smoothing
        self.polish = polish
        self.target = target
        self.subject = subject
        self.time = time
        self.event = event
        self.schema = schema
        self.metadata = metadata
        self.mode = mode
        self.protect = protect
        self.relations = relations
        self.validation = validation
        self.time_limit = time_limit
        self.memory_limit = memory_limit
        self.na = na
        self.missing_codes = missing_codes
        self.text = text
        self.threads = threads
        self.random_state = random_state
        self.progress = progress


class ARF(Synthesizer):
    """ARF.

    Parameters
    ----------
    num_trees : optional
        Trees of a forest; each row is drawn from one of them. 1 to 200; 10 by default.
    min_samples_leaf : optional
        Fewest training rows in a leaf (people, where the table names whose row a row is): fewer follow the table closer and give more away. 5 to 100000; 10 by default.
    max_iters : optional
        Rounds at most: each grows a forest that tells real rows from rows drawn from the forest before. 1 to 100; 10 by default.
    delta : optional
        Rounds end once a forest tells rows apart with an accuracy of at most 0.5 and this much. 0 to 0.5; 0.0 by default.
    max_depth : optional
        Greatest depth of a tree. 1 to 64; 24 by default.
    smoothing : optional
        Weight, in rows, that the surrounding leaves have in each draw from a leaf. 0 to 100; 0.0 by default.
    polish : optional
        Sweeps over the drawn rows: in each, every column is drawn anew from a tree on all others. 0 to 2; 0 by default.
    target : str, optional
        The column to be predicted.
    subject : str, optional
        The column that says whose row a row is, or ``"none"``; found by default.
    time : str, optional
        Survival tables: follow-up times.
    event : str, optional
        Survival tables: the column that tells events from censored rows.
    schema : optional
        What columns mean, over what is inferred.
    metadata : optional
        SDV metadata, version 1 or 2.
    mode : str
        The budget: ``speed``, ``balanced`` or ``quality``.
    protect : int, optional
        People who have to share a value; 10 by default, 0 protects nothing.
    relations : str, optional
        Rules between columns: ``keep`` (the default), ``report`` or ``off``.
    validation : float, optional
        Share of rows that choices are made on; 0.1 by default.
    time_limit : float | str, optional
        Bound on the fit: seconds, or ``"10m"``.
    memory_limit : int | str, optional
        Bound on its memory: bytes, or ``"2G"``.
    na : optional
        Cells that mean "missing", besides empty ones.
    missing_codes : str, optional
        Numbers that stand for "missing", such as 999: ``keep`` (the default) or ``mark``.
    text : str, optional
        What becomes of names and free text: ``fake``, ``drop`` or ``error``.
    threads : int, optional
        Threads; all cores by default. Results do not depend on it.
    random_state : optional
        The same seed gives the same rows.
    progress : optional
        As in :func:`verdancy.synthesize`.
    """

    _method = "arf"

    def __init__(
        self,
        *,
        num_trees: Any = None,
        min_samples_leaf: Any = None,
        max_iters: Any = None,
        delta: Any = None,
        max_depth: Any = None,
        smoothing: Any = None,
        polish: Any = None,
        target: str | None = None,
        subject: str | None = None,
        time: str | None = None,
        event: str | None = None,
        schema: Any = None,
        metadata: Any = None,
        mode: str = "balanced",
        protect: int | None = None,
        relations: str | None = None,
        validation: float | None = None,
        time_limit: float | str | None = None,
        memory_limit: int | str | None = None,
        na: Any = None,
        missing_codes: str | None = None,
        text: str | None = None,
        threads: int | None = None,
        random_state: Any = 0,
        progress: Any = None,
    ) -> None:
        self.num_trees = num_trees
        self.min_samples_leaf = min_samples_leaf
        self.max_iters = max_iters
        self.delta = delta
        self.max_depth = max_depth
        self.smoothing = smoothing
        self.polish = polish
        self.target = target
        self.subject = subject
        self.time = time
        self.event = event
        self.schema = schema
        self.metadata = metadata
        self.mode = mode
        self.protect = protect
        self.relations = relations
        self.validation = validation
        self.time_limit = time_limit
        self.memory_limit = memory_limit
        self.na = na
        self.missing_codes = missing_codes
        self.text = text
        self.threads = threads
        self.random_state = random_state
        self.progress = progress


class TVAE(Synthesizer):
    """TVAE.

    Parameters
    ----------
    n_iter : optional
        Passes over the training rows (epochs). 1 to 1000000; 300 by default.
    batch_size : optional
        Rows of one optimiser step. 1 to 65536; 256 by default.
    work : optional
        Floating-point work of training at most, in TFLOP; 0 for no bound. Bounds n_iter. 0 or more; 1.5 by default.
    hidden : optional
        Width of the hidden layers of encoder and decoder (two each). 4 to 4096; 128 by default.
    embedding_dim : optional
        Dimensions of the latent space. 1 to 1024; 64 by default.
    bins : optional
        Equal bins of a number's ranks, which the decoder chooses from. 2 to 512; 32 by default.
    loss_factor : optional
        Weight of the reconstruction against the Kullback-Leibler divergence. Above 0, up to 1000; 2.0 by default.
    learning_rate : optional
        Highest learning rate; warm-up and linear decay around it. Above 0, up to 1; 0.002 by default.
    weight_decay : optional
        Decoupled weight decay of AdamW. 0 to 1; 0.00001 by default.
    ema : optional
        Share of the moving average of the weights kept per step; rows are drawn from the average. 0 to 0.99999; 0.995 by default.
    patience : optional
        Checks without a better validation loss before training stops; 0 never stops. 0 to 1000; 5 by default.
    polish : optional
        Sweeps over the drawn rows: in each, every column is drawn anew from a tree on all others. 0 to 2; 0 by default.
    target : str, optional
        The column to be predicted.
    subject : str, optional
        The column that says whose row a row is, or ``"none"``; found by default.
    time : str, optional
        Survival tables: follow-up times.
    event : str, optional
        Survival tables: the column that tells events from censored rows.
    schema : optional
        What columns mean, over what is inferred.
    metadata : optional
        SDV metadata, version 1 or 2.
    mode : str
        The budget: ``speed``, ``balanced`` or ``quality``.
    protect : int, optional
        People who have to share a value; 10 by default, 0 protects nothing.
    relations : str, optional
        Rules between columns: ``keep`` (the default), ``report`` or ``off``.
    validation : float, optional
        Share of rows that choices are made on; 0.1 by default.
    time_limit : float | str, optional
        Bound on the fit: seconds, or ``"10m"``.
    memory_limit : int | str, optional
        Bound on its memory: bytes, or ``"2G"``.
    na : optional
        Cells that mean "missing", besides empty ones.
    missing_codes : str, optional
        Numbers that stand for "missing", such as 999: ``keep`` (the default) or ``mark``.
    text : str, optional
        What becomes of names and free text: ``fake``, ``drop`` or ``error``.
    threads : int, optional
        Threads; all cores by default. Results do not depend on it.
    random_state : optional
        The same seed gives the same rows.
    progress : optional
        As in :func:`verdancy.synthesize`.
    """

    _method = "tvae"

    def __init__(
        self,
        *,
        n_iter: Any = None,
        batch_size: Any = None,
        work: Any = None,
        hidden: Any = None,
        embedding_dim: Any = None,
        bins: Any = None,
        loss_factor: Any = None,
        learning_rate: Any = None,
        weight_decay: Any = None,
        ema: Any = None,
        patience: Any = None,
        polish: Any = None,
        target: str | None = None,
        subject: str | None = None,
        time: str | None = None,
        event: str | None = None,
        schema: Any = None,
        metadata: Any = None,
        mode: str = "balanced",
        protect: int | None = None,
        relations: str | None = None,
        validation: float | None = None,
        time_limit: float | str | None = None,
        memory_limit: int | str | None = None,
        na: Any = None,
        missing_codes: str | None = None,
        text: str | None = None,
        threads: int | None = None,
        random_state: Any = 0,
        progress: Any = None,
    ) -> None:
        self.n_iter = n_iter
        self.batch_size = batch_size
        self.work = work
        self.hidden = hidden
        self.embedding_dim = embedding_dim
        self.bins = bins
        self.loss_factor = loss_factor
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.ema = ema
        self.patience = patience
        self.polish = polish
        self.target = target
        self.subject = subject
        self.time = time
        self.event = event
        self.schema = schema
        self.metadata = metadata
        self.mode = mode
        self.protect = protect
        self.relations = relations
        self.validation = validation
        self.time_limit = time_limit
        self.memory_limit = memory_limit
        self.na = na
        self.missing_codes = missing_codes
        self.text = text
        self.threads = threads
        self.random_state = random_state
        self.progress = progress


class CTGAN(Synthesizer):
    """CTGAN.

    Parameters
    ----------
    n_iter : optional
        Passes over the training rows (epochs). 1 to 1000000; 300 by default.
    batch_size : optional
        Rows of one optimiser step, in whole packs. 1 to 65536; 250 by default.
    work : optional
        Floating-point work of training at most, in TFLOP; 0 for no bound. Bounds n_iter. 0 or more; 2.0 by default.
    hidden : optional
        Width of the hidden layers of generator and critic (two each). 4 to 4096; 128 by default.
    embedding_dim : optional
        Numbers of noise that a row is made from. 1 to 1024; 128 by default.
    pac : optional
        Rows that the critic sees together. 1 to 100; 10 by default.
    gradient_penalty : optional
        Weight of the gradient penalty. 0 to 1000; 10.0 by default.
    tau : optional
        Temperature of the categories that the generator shows to the critic. 0.05 to 5; 0.2 by default.
    dropout : optional
        Share of the critic's units dropped while training. 0 to 0.9; 0.5 by default.
    learning_rate : optional
        Learning rate of generator and critic. Above 0, up to 1; 0.001 by default.
    weight_decay : optional
        Decoupled weight decay of the generator. 0 to 1; 1e-6 by default.
    ema : optional
        Share of the moving average of the generator kept per step; rows are drawn from the average. 0 to 0.99999; 0.995 by default.
    patience : optional
        Checks without rows closer to the validation rows before training stops; 0 never stops. 0 to 1000; 12 by default.
    polish : optional
        Sweeps over the drawn rows: in each, every column is drawn anew from a tree on all others. 0 to 2; 0 by default.
    target : str, optional
        The column to be predicted.
    subject : str, optional
        The column that says whose row a row is, or ``"none"``; found by default.
    time : str, optional
        Survival tables: follow-up times.
    event : str, optional
        Survival tables: the column that tells events from censored rows.
    schema : optional
        What columns mean, over what is inferred.
    metadata : optional
        SDV metadata, version 1 or 2.
    mode : str
        The budget: ``speed``, ``balanced`` or ``quality``.
    protect : int, optional
        People who have to share a value; 10 by default, 0 protects nothing.
    relations : str, optional
        Rules between columns: ``keep`` (the default), ``report`` or ``off``.
    validation : float, optional
        Share of rows that choices are made on; 0.1 by default.
    time_limit : float | str, optional
        Bound on the fit: seconds, or ``"10m"``.
    memory_limit : int | str, optional
        Bound on its memory: bytes, or ``"2G"``.
    na : optional
        Cells that mean "missing", besides empty ones.
    missing_codes : str, optional
        Numbers that stand for "missing", such as 999: ``keep`` (the default) or ``mark``.
    text : str, optional
        What becomes of names and free text: ``fake``, ``drop`` or ``error``.
    threads : int, optional
        Threads; all cores by default. Results do not depend on it.
    random_state : optional
        The same seed gives the same rows.
    progress : optional
        As in :func:`verdancy.synthesize`.
    """

    _method = "ctgan"

    def __init__(
        self,
        *,
        n_iter: Any = None,
        batch_size: Any = None,
        work: Any = None,
        hidden: Any = None,
        embedding_dim: Any = None,
        pac: Any = None,
        gradient_penalty: Any = None,
        tau: Any = None,
        dropout: Any = None,
        learning_rate: Any = None,
        weight_decay: Any = None,
        ema: Any = None,
        patience: Any = None,
        polish: Any = None,
        target: str | None = None,
        subject: str | None = None,
        time: str | None = None,
        event: str | None = None,
        schema: Any = None,
        metadata: Any = None,
        mode: str = "balanced",
        protect: int | None = None,
        relations: str | None = None,
        validation: float | None = None,
        time_limit: float | str | None = None,
        memory_limit: int | str | None = None,
        na: Any = None,
        missing_codes: str | None = None,
        text: str | None = None,
        threads: int | None = None,
        random_state: Any = 0,
        progress: Any = None,
    ) -> None:
        self.n_iter = n_iter
        self.batch_size = batch_size
        self.work = work
        self.hidden = hidden
        self.embedding_dim = embedding_dim
        self.pac = pac
        self.gradient_penalty = gradient_penalty
        self.tau = tau
        self.dropout = dropout
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.ema = ema
        self.patience = patience
        self.polish = polish
        self.target = target
        self.subject = subject
        self.time = time
        self.event = event
        self.schema = schema
        self.metadata = metadata
        self.mode = mode
        self.protect = protect
        self.relations = relations
        self.validation = validation
        self.time_limit = time_limit
        self.memory_limit = memory_limit
        self.na = na
        self.missing_codes = missing_codes
        self.text = text
        self.threads = threads
        self.random_state = random_state
        self.progress = progress


class Autoregressive(Synthesizer):
    """Autoregressive.

    Parameters
    ----------
    n_iter : optional
        Passes over the training rows (epochs). 1 to 1000000; 300 by default.
    batch_size : optional
        Rows of one optimiser step. 1 to 65536; 256 by default.
    work : optional
        Floating-point work of training at most, in TFLOP; 0 for no bound. Bounds n_iter. 0 or more; 4.0 by default.
    hidden : optional
        Width of the three hidden layers. 4 to 4096; 256 by default.
    bins : optional
        Equal bins of a number's ranks. 2 to 512; 64 by default.
    learning_rate : optional
        Highest learning rate; warm-up and linear decay around it. Above 0, up to 1; 0.002 by default.
    weight_decay : optional
        Decoupled weight decay of AdamW. 0 to 1; 0.0001 by default.
    ema : optional
        Share of the moving average of the weights kept per step; rows are drawn from the average. 0 to 0.99999; 0.995 by default.
    patience : optional
        Checks without a better validation loss before training stops; 0 never stops. 0 to 1000; 4 by default.
    polish : optional
        Sweeps over the drawn rows: in each, every column is drawn anew from a tree on all others. 0 to 2; 0 by default.
    target : str, optional
        The column to be predicted.
    subject : str, optional
        The column that says whose row a row is, or ``"none"``; found by default.
    time : str, optional
        Survival tables: follow-up times.
    event : str, optional
        Survival tables: the column that tells events from censored rows.
    schema : optional
        What columns mean, over what is inferred.
    metadata : optional
        SDV metadata, version 1 or 2.
    mode : str
        The budget: ``speed``, ``balanced`` or ``quality``.
    protect : int, optional
        People who have to share a value; 10 by default, 0 protects nothing.
    relations : str, optional
        Rules between columns: ``keep`` (the default), ``report`` or ``off``.
    validation : float, optional
        Share of rows that choices are made on; 0.1 by default.
    time_limit : float | str, optional
        Bound on the fit: seconds, or ``"10m"``.
    memory_limit : int | str, optional
        Bound on its memory: bytes, or ``"2G"``.
    na : optional
        Cells that mean "missing", besides empty ones.
    missing_codes : str, optional
        Numbers that stand for "missing", such as 999: ``keep`` (the default) or ``mark``.
    text : str, optional
        What becomes of names and free text: ``fake``, ``drop`` or ``error``.
    threads : int, optional
        Threads; all cores by default. Results do not depend on it.
    random_state : optional
        The same seed gives the same rows.
    progress : optional
        As in :func:`verdancy.synthesize`.
    """

    _method = "autoregressive"

    def __init__(
        self,
        *,
        n_iter: Any = None,
        batch_size: Any = None,
        work: Any = None,
        hidden: Any = None,
        bins: Any = None,
        learning_rate: Any = None,
        weight_decay: Any = None,
        ema: Any = None,
        patience: Any = None,
        polish: Any = None,
        target: str | None = None,
        subject: str | None = None,
        time: str | None = None,
        event: str | None = None,
        schema: Any = None,
        metadata: Any = None,
        mode: str = "balanced",
        protect: int | None = None,
        relations: str | None = None,
        validation: float | None = None,
        time_limit: float | str | None = None,
        memory_limit: int | str | None = None,
        na: Any = None,
        missing_codes: str | None = None,
        text: str | None = None,
        threads: int | None = None,
        random_state: Any = 0,
        progress: Any = None,
    ) -> None:
        self.n_iter = n_iter
        self.batch_size = batch_size
        self.work = work
        self.hidden = hidden
        self.bins = bins
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.ema = ema
        self.patience = patience
        self.polish = polish
        self.target = target
        self.subject = subject
        self.time = time
        self.event = event
        self.schema = schema
        self.metadata = metadata
        self.mode = mode
        self.protect = protect
        self.relations = relations
        self.validation = validation
        self.time_limit = time_limit
        self.memory_limit = memory_limit
        self.na = na
        self.missing_codes = missing_codes
        self.text = text
        self.threads = threads
        self.random_state = random_state
        self.progress = progress
