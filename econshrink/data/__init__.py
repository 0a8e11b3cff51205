"""Figures read, flagged and closed: embedded tables of China, yearbooks, flow files, closure.

What comes in: files and embedded tables; what goes out: a `CityPanel` or a `FlowNetwork`, and a
report on every row. The only wing that opens files.
"""

from typing import TYPE_CHECKING

from econshrink.core.lazy import namespace

if TYPE_CHECKING:
    from econshrink.data.china.closed import close_china as close_china
    from econshrink.data.china.compiled.checks import (
        check_compiled_tables as check_compiled_tables,
    )
    from econshrink.data.china.compiled.housing import (
        load_main_cities as load_main_cities,
        load_price_months as load_price_months,
        load_prices as load_prices,
        load_real_estate as load_real_estate,
    )
    from econshrink.data.china.compiled.jobs import (
        AcrossSegments as AcrossSegments,
        WithinSegment as WithinSegment,
        job_growth as job_growth,
        load_job_sectors as load_job_sectors,
        load_job_sources as load_job_sources,
        load_jobs as load_jobs,
    )
    from econshrink.data.china.compiled.lists import (
        load_policy_dates as load_policy_dates,
        load_policy_unconfirmed as load_policy_unconfirmed,
        load_published_lists as load_published_lists,
    )
    from econshrink.data.china.compiled.mobility import (
        flows_installed as flows_installed,
        load_flow_totals as load_flow_totals,
        load_flows as load_flows,
    )
    from econshrink.data.china.compiled.panel import (
        load_compiled_flags as load_compiled_flags,
    )
    from econshrink.data.china.compiled.people import (
        load_births as load_births,
        load_census_2000 as load_census_2000,
        load_population_2023 as load_population_2023,
        load_rd_personnel as load_rd_personnel,
    )
    from econshrink.data.china.compiled.schemas import SECTORS as SECTORS
    from econshrink.data.china.loaders import (
        load_adjacency as load_adjacency,
        load_annual_flags as load_annual_flags,
        load_boundaries as load_boundaries,
        load_boundary_changes as load_boundary_changes,
        load_census as load_census,
        load_census_age_sex as load_census_age_sex,
        load_census_flags as load_census_flags,
        load_census_profile as load_census_profile,
    )
    from econshrink.data.china.national import (
        load_fertility as load_fertility,
        load_life_tables as load_life_tables,
        load_national as load_national,
        load_national_ages as load_national_ages,
        load_survival as load_survival,
        national_population_known_in as national_population_known_in,
    )
    from econshrink.data.china.panels import (
        load_census_panel as load_census_panel,
        load_china as load_china,
        load_units as load_units,
    )
    from econshrink.data.china.schemas import INDUSTRIES as INDUSTRIES
    from econshrink.data.china.territories import (
        MERGED_TERRITORIES as MERGED_TERRITORIES,
        Territories as Territories,
        load_territories as load_territories,
    )
    from econshrink.data.china.totals import check_official_totals as check_official_totals
    from econshrink.data.closing.boundaries import rebase_boundaries as rebase_boundaries
    from econshrink.data.closing.closure import (
        base_shift as base_shift,
        close_log_linear as close_log_linear,
        close_proportional as close_proportional,
    )
    from econshrink.data.closing.denton import (
        Denton as Denton,
        close_denton as close_denton,
        denton as denton,
    )
    from econshrink.data.closing.growth_model import (
        GrowthMixture as GrowthMixture,
        GrowthModel as GrowthModel,
    )
    from econshrink.data.closing.guard import (
        guard_raw_against_closed as guard_raw_against_closed,
        guard_within_decade as guard_within_decade,
    )
    from econshrink.data.closing.imputations import (
        Imputations as Imputations,
        closure_imputations as closure_imputations,
    )
    from econshrink.data.closing.old_base import (
        HoldGrowth as HoldGrowth,
        HoldLevel as HoldLevel,
        ObservedCell as ObservedCell,
        OldBaseRule as OldBaseRule,
        StraightLine as StraightLine,
    )
    from econshrink.data.closing.result import Closure as Closure
    from econshrink.data.closing.smoother import (
        SmoothedClosure as SmoothedClosure,
        close_smoothed as close_smoothed,
        smooth_decade as smooth_decade,
    )
    from econshrink.data.examples.loaders import (
        europe_panel as europe_panel,
        korea_panel as korea_panel,
        load_europe as load_europe,
        load_korea as load_korea,
    )
    from econshrink.data.flows.columns import (
        Direction as Direction,
        Refuse as Refuse,
        SetAside as SetAside,
        SharesOf as SharesOf,
    )
    from econshrink.data.flows.lists import (
        read_flow_list as read_flow_list,
        read_flow_matrix as read_flow_matrix,
        transposed_years as transposed_years,
    )
    from econshrink.data.flows.shares import (
        Reconciliation as Reconciliation,
        read_share_lists as read_share_lists,
        reconcile_shares as reconcile_shares,
    )
    from econshrink.data.imputation import ChainedEquations as ChainedEquations, impute as impute
    from econshrink.data.open.frame import read_frame as read_frame
    from econshrink.data.open.grid import Limits as Limits
    from econshrink.data.quality.concept import (
        HukouInResident as HukouInResident,
        PartAboveWhole as PartAboveWhole,
    )
    from econshrink.data.quality.detect import (
        Detector as Detector,
        apply_flags as apply_flags,
        detect as detect,
        detect_all as detect_all,
    )
    from econshrink.data.quality.drivers import (
        DriverColumns as DriverColumns,
        MedianStep as MedianStep,
        Negative as Negative,
        check_drivers as check_drivers,
        check_flow_direction as check_flow_direction,
    )
    from econshrink.data.quality.history import (
        CopiedYear as CopiedYear,
        Jump as Jump,
        Spike as Spike,
        SwappedDigits as SwappedDigits,
        UnitSlip as UnitSlip,
        ZeroBetween as ZeroBetween,
    )
    from econshrink.data.quality.lines import (
        InterpolationRun as InterpolationRun,
        SharedValue as SharedValue,
        SplicedYear as SplicedYear,
    )
    from econshrink.data.quality.planted import (
        Defect as Defect,
        detection_rates as detection_rates,
        plant as plant,
    )
    from econshrink.data.quality.sums import check_sums as check_sums
    from econshrink.data.quality.wide import Wide as Wide
    from econshrink.data.vintage import (
        Publication as Publication,
        Vintage as Vintage,
        pseudo_vintage as pseudo_vintage,
    )
    from econshrink.data.yearbook.headings import (
        Entry as Entry,
        HeadingTable as HeadingTable,
        Indicator as Indicator,
        heading_table as heading_table,
    )
    from econshrink.data.yearbook.names import (
        Gazetteer as Gazetteer,
        Place as Place,
        load_county_cities as load_county_cities,
        load_crosswalk as load_crosswalk,
        load_gazetteer as load_gazetteer,
    )
    from econshrink.data.yearbook.reader import (
        YearbookReading as YearbookReading,
        check_data as check_data,
        read_yearbook as read_yearbook,
    )
    from econshrink.data.yearbook.report import (
        CellNote as CellNote,
        ColumnNote as ColumnNote,
        Conversion as Conversion,
        MatchNote as MatchNote,
        QualityReport as QualityReport,
        RowNote as RowNote,
    )

__getattr__, __dir__ = namespace(__name__, __file__)
